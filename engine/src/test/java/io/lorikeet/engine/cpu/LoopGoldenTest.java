package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Composition.Part;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.schedule.TokenOut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The Llama family, experts, and their adapters through the step loop, against transformers and
 * PEFT.
 */
final class LoopGoldenTest {
  private static final String AS_A_SUM = ", as a sum";
  private static final GoldenComparison COMPARISON = new GoldenComparison();
  private static int scored;

  private final Map<GenerationId, AdapterImage> images = new HashMap<>();
  private final Map<String, GenerationId> generations = new HashMap<>();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama-biases",
        "llama-rope-dynamic",
        "llama-rope-linear",
        "llama-rope-yarn",
        "llama-sharded",
        "llama-tied-rope3",
        "mixtral"
      })
  void runsAloneAndInMixedBatchesGiveTheGoldenLogitsAndTokens(String name) {
    LoadedModel model = TestModels.model(name);
    Golden golden = Golden.read(TestModels.folder(name));
    load(name, model, golden);
    Map<String, LoopRequest> requests = requests(golden);
    try (LoopDriver driver =
        new LoopDriver(
            () -> TestModels.open(model, 2, CpuExecutorProvider.kernels("auto")),
            ScheduleSettings.DEFAULTS,
            images)) {
      for (String run : requests.keySet()) {
        check(driver, golden, List.of(run), requests);
      }
      for (Golden.Batch batch : golden.batches()) {
        if (requests.keySet().containsAll(batch.runs())) {
          check(driver, golden, batch.runs(), requests);
        }
      }
      check(driver, golden, List.copyOf(requests.keySet()), requests);
    }
    assertTrue(requests.containsKey("base/p40"), requests.keySet().toString());
    assertEquals(name.equals("llama"), requests.containsKey("cat-3/p40" + AS_A_SUM));
  }

  @AfterAll
  static void promptsWereScored() {
    assertTrue(scored > 100, scored + " positions");
  }

  @AfterAll
  static void printTheLargestDeviation() {
    COMPARISON.print("through the step loop");
  }

  private static void check(
      LoopDriver driver, Golden golden, List<String> runs, Map<String, LoopRequest> requests) {
    List<LoopRequest> batch = new ArrayList<>();
    for (String run : runs) {
      batch.add(requests.getOrDefault(run, LoopRequest.greedy(Composition.BASE, new int[1], 1)));
    }
    List<Answer> answers = driver.run(batch);
    for (int i = 0; i < runs.size(); i++) {
      Golden.Run run = golden.run(runs.get(i).replace(AS_A_SUM, ""));
      COMPARISON.check(drawnPart(run), answers.get(i));
      checkScores(run, answers.get(i).scores());
    }
  }

  /** Log probabilities of the prompt's tokens are those of the golden logits before them. */
  private static void checkScores(Golden.Run run, List<TokenOut> scores) {
    assertEquals(run.prompt().length - 1, scores.size(), run.name());
    for (int i = 0; i < run.positions().length; i++) {
      int position = run.positions()[i];
      if (position < scores.size()) {
        TokenOut score = scores.get(position);
        String where = run.name() + ", position " + position;
        double[] golden = logprobs(run.logits()[i]);
        assertEquals(run.prompt()[position + 1], score.id(), where);
        assertEquals(golden[score.id()], score.logprob(), 4e-4, where);
        assertEquals(
            Arrays.stream(golden).max().orElseThrow(), score.topLogprobs()[0], 4e-4, where);
        scored++;
      }
    }
  }

  private static double[] logprobs(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double logSum = Math.log(sum);
    return IntStream.range(0, logits.length).mapToDouble(i -> logits[i] - logSum).toArray();
  }

  /** Adapters that the loader takes; {@link AdapterCases} says which those are. */
  private void load(String name, LoadedModel model, Golden golden) {
    TreeSet<String> adapters = new TreeSet<>(golden.adapters());
    golden.runs().stream().map(Golden.Run::merged).filter(m -> !m.isEmpty()).forEach(adapters::add);
    TreeSet<String> refused = new TreeSet<>();
    for (String adapter : adapters) {
      try {
        AdapterImage image = TestModels.adapter(TestModels.folder(name), adapter, model);
        images.put(image.generation(), image);
        generations.put(adapter, image.generation());
      } catch (LorikeetException e) {
        refused.add(name + "/" + adapter);
      }
    }
    TreeSet<String> expected = new TreeSet<>(AdapterCases.LATER);
    expected.removeIf(later -> !later.startsWith(name + "/"));
    assertEquals(expected, refused);
  }

  /**
   * By run: the base, single adapters, combinations as PEFT merged them, and {@code cat} as the
   * weighted sum of its parts too.
   */
  private Map<String, LoopRequest> requests(Golden golden) {
    Map<String, LoopRequest> requests = new LinkedHashMap<>();
    for (Golden.Run run : golden.runs()) {
      GenerationId adapter = adapter(run);
      if (run.base() || !adapter.isBase()) {
        requests.put(run.name(), request(run, Composition.of(adapter)));
      }
      if (run.combination().equals("cat")) {
        requests.put(run.name() + AS_A_SUM, request(run, sum(run)));
      }
    }
    return requests;
  }

  private static LoopRequest request(Golden.Run run, Composition composition) {
    return LoopRequest.greedy(composition, run.prompt(), run.tokens().size());
  }

  private Composition sum(Golden.Run run) {
    return new Composition(
        run.parts().stream()
            .map(part -> new Part(generation(part.adapter()), part.weight()))
            .toList());
  }

  private GenerationId generation(String adapter) {
    return Objects.requireNonNull(generations.get(adapter), adapter);
  }

  private GenerationId adapter(Golden.Run run) {
    boolean single = run.merged().isEmpty() && run.parts().size() == 1;
    String name = single ? run.parts().getFirst().adapter() : run.merged();
    return generations.getOrDefault(name, GenerationId.BASE);
  }

  /** The loop gives logits only where a token is drawn. */
  private static Golden.Run drawnPart(Golden.Run run) {
    int[] kept =
        IntStream.range(0, run.positions().length)
            .filter(i -> run.positions()[i] >= run.prompt().length - 1)
            .toArray();
    assertTrue(kept.length > 0, run.name());
    return new Golden.Run(
        run.name(),
        run.parts(),
        run.combination(),
        run.merged(),
        run.prompt(),
        run.tokens(),
        IntStream.of(kept).map(i -> run.positions()[i]).toArray(),
        IntStream.of(kept).mapToObj(i -> run.logits()[i]).toArray(float[][]::new));
  }
}
