package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Compares an adapter with a base whose weights have the same change. */
final class SameLogits {
  private static final float TOLERANCE = 2e-4f;

  private final Path temp;
  private final int[] prompt;
  private final Random random;

  /**
   * @param temp where models are written to
   */
  SameLogits(Path temp, int[] prompt, Random random) {
    this.temp = temp;
    this.prompt = prompt;
    this.random = random;
  }

  /** Fails where the logits of a row differ, or where the change is too small to show. */
  void assertOf(ChangedBase plain, ChangedBase changed, MadeUpAdapter adapter) {
    LoadedModel unchanged = plain.load(temp.resolve("plain" + random.nextInt()));
    LoadedModel expecting = changed.load(temp.resolve("changed" + random.nextInt()));
    float[][] expected = logits(expecting, Stream.empty());
    float[][] without = logits(unchanged, Stream.empty());
    float[][] adapted = logits(unchanged, Stream.of(adapter.read(unchanged)));

    String model = unchanged.spec().modelType();
    assertTrue(deviation(expected, without) > 100 * TOLERANCE, model + " is changed too little");
    assertEquals(0, deviation(expected, adapted), TOLERANCE, model);
  }

  private float[][] logits(LoadedModel of, Stream<AdapterImage> image) {
    try (CpuExecutor executor = TestModels.open(of, 1, CpuExecutorProvider.kernels("auto"))) {
      Request base = Request.base(prompt, 1);
      Request[] request = {base};
      image.forEach(i -> {
        executor.bind(new Binding.BindSlot(0, executor.transfers().stage(i)));
        request[0] = base.joining(new Request.Join(0, 1f));
      });
      Answer answer =
          new StepDriver(executor, random, left -> left).run(List.of(request)).getFirst();
      assertEquals("", answer.failure(), of.spec().modelType());
      float[][] logits = new float[prompt.length][];
      Arrays.setAll(logits, answer::at);
      return logits;
    }
  }

  private static float deviation(float[][] expected, float[][] actual) {
    float most = 0;
    for (int t = 0; t < expected.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        float d = Math.abs(expected[t][v] - actual[t][v]);
        most = Float.isNaN(d) ? Float.POSITIVE_INFINITY : Math.max(most, d);
      }
    }
    return most;
  }
}
