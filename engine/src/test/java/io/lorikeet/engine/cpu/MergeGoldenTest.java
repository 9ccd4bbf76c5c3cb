package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.merge.GoldenMerges;
import io.lorikeet.engine.adapter.merge.Merge;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Merges that are made here give the logits and tokens of those that PEFT made. */
final class MergeGoldenTest {
  @Test
  void mergesOfAdaptersGiveTheGoldenLogitsAndTokens() {
    LoadedModel model = TestModels.model(GoldenMerges.MODEL);
    Golden golden = Golden.read(TestModels.folder(GoldenMerges.MODEL));
    GoldenComparison comparison = new GoldenComparison();
    try (CpuExecutor executor = TestModels.open(model, 2, CpuExecutorProvider.kernels("auto"))) {
      for (GoldenMerges.Stored merge : GoldenMerges.read(model)) {
        if (!merge.random()) {
          AdapterImage image = Merge.of(merge.derivation(), merge.parts(), Long.MAX_VALUE);
          executor.bind(new Binding.BindSlot(0, executor.transfers().stage(image)));
          check(executor, golden, merge.name(), comparison);
          executor.bind(new Binding.FreeSlot(0));
        }
      }
    }
    comparison.print("merges");
  }

  private static void check(
      CpuExecutor executor, Golden golden, String merged, GoldenComparison comparison) {
    List<Golden.Run> runs =
        golden.runs().stream().filter(run -> run.merged().equals(merged)).toList();
    assertFalse(runs.isEmpty(), merged);
    List<Request> requests =
        runs.stream()
            .map(run ->
                Request.base(run.prompt(), run.tokens().size()).joining(new Request.Join(0, 1f, 0)))
            .toList();
    List<Answer> answers = new StepDriver(executor, new Random(3), left -> 7).run(requests);
    for (int i = 0; i < runs.size(); i++) {
      comparison.check(runs.get(i), answers.get(i));
    }
  }
}
