package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.spi.Binding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The embedded model with all its adapters in mixed batches, against transformers and PEFT. */
final class DemoGoldenTest {
  private static final int BATCH = 12;

  @Test
  void everyRunGivesTheGoldenTokens() {
    assertEquals(87, goldenRuns("stored"));
  }

  // What quantised weights and 8-bit activations change is the same on every machine.
  @ParameterizedTest
  @CsvSource({"q8, 86", "q4, 79", "q8/exact, 87", "q4/exact, 79", "stored/bf16, 87"})
  void quantizedWeightsChangeFewRuns(String weights, int same) {
    assertEquals(same, goldenRuns(weights));
  }

  private static int goldenRuns(String weights) {
    List<JsonNode> runs = new ArrayList<>();
    Golden.json(TestModels.demoFolder()).get("runs").forEach(runs::add);
    LoadedModel model = ModelFolder.load(TestModels.demoFolder());
    EngineSettings settings = TestModels.settings(0, weights, Map.of(), WeightCacheSettings.OFF);
    try (CpuExecutor executor =
        CpuExecutor.open(
            model,
            settings,
            settings.numerics() == Numerics.BF16
                ? TestModels.bf16Kernels()
                : CpuExecutorProvider.kernels("auto"))) {
      Map<String, Integer> slots = new HashMap<>();
      for (String adapter : List.of("brief", "emoji", "json", "pirate", "shout")) {
        var image = TestModels.adapter(TestModels.demoFolder(), adapter, model);
        executor.bind(new Binding.BindSlot(slots.size(), executor.transfers().stage(image)));
        slots.put(adapter, slots.size());
      }
      int same = 0;
      for (int begin = 0; begin < runs.size(); begin += BATCH) {
        same += same(executor, runs.subList(begin, Math.min(begin + BATCH, runs.size())), slots);
      }
      return same;
    }
  }

  private static int same(CpuExecutor executor, List<JsonNode> runs, Map<String, Integer> slots) {
    List<Request> requests = runs.stream().map(run -> request(run, slots)).toList();
    List<Answer> answers = new StepDriver(executor, new Random(3), left -> left).run(requests);
    int same = 0;
    for (int i = 0; i < runs.size(); i++) {
      List<Integer> expected =
          IntStream.of(Golden.ints(runs.get(i).get("greedy_ids"))).boxed().toList();
      same += expected.equals(answers.get(i).tokens()) ? 1 : 0;
    }
    return same;
  }

  private static Request request(JsonNode run, Map<String, Integer> slots) {
    int[] prompt = Golden.ints(run.get("prompt_ids"));
    int tokens = run.get("greedy_ids").size();
    return run.get("variant").isNull()
        ? Request.base(prompt, tokens)
        : Request.adapted(prompt, tokens, slots.getOrDefault(run.get("variant").textValue(), -2));
  }
}
