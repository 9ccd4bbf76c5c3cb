package io.lorikeet.engine.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.engine.model.RopeTable;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RotaryCacheTest {
  private static final Path MODELS =
      Path.of(System.getProperty("lorikeet.root"), "fixtures/models");

  @ParameterizedTest
  @ValueSource(
      strings = {"llama", "llama-rope-dynamic", "llama-rope-yarn", "phi3", "phi3-longrope"})
  void anglesAreThoseOfTheTableInAnyOrderOfPositionsAndLengths(String name) {
    DecoderSpec spec = ModelFolder.load(MODELS.resolve(name)).spec();
    RopeSpec rope = spec.ropes().getFirst();
    int dim = spec.attention().rotaryDim();
    RotaryCache cache = new RotaryCache(rope, dim, spec.positionsMax());
    int half = dim / 2;
    Random random = new Random(4);

    for (int i = 0; i < 5000; i++) {
      int position = random.nextInt(100);
      int length = position + 1 + random.nextInt(30);
      float[] cos = new float[2 * half];
      float[] sin = new float[2 * half];
      cache.fill(position, length, cos, sin, half);

      float[] expectedCos = new float[2 * half];
      float[] expectedSin = new float[2 * half];
      new RopeTable(rope, dim).fill(position, length, expectedCos, expectedSin, half);
      assertArrayEquals(expectedCos, cos);
      assertArrayEquals(expectedSin, sin);
    }
  }
}
