package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lorikeet.engine.cpu.AdapterCases.Case;
import io.lorikeet.engine.model.LoadedModel;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters on every family against PEFT: alone, composed and in mixed batches. */
final class AdapterGoldenTest {
  private static final int BATCH = 6;

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void runsWithAdaptersGiveTheGoldenLogitsAndTokens(String name) {
    LoadedModel model = TestModels.model(name);
    Golden golden = Golden.read(TestModels.folder(name));
    GoldenComparison comparison = new GoldenComparison();
    try (CpuExecutor executor = TestModels.open(model, 2, CpuExecutorProvider.kernels("auto"))) {
      List<Case> cases = AdapterCases.of(executor, name, model, golden);
      for (int begin = 0; begin < cases.size(); begin += BATCH) {
        AdapterCases.check(
            executor, cases.subList(begin, Math.min(begin + BATCH, cases.size())), comparison);
      }
      for (Golden.Batch batch : golden.batches()) {
        List<Case> members = AdapterCases.members(batch, cases);
        if (members.size() == batch.runs().size()) {
          AdapterCases.check(executor, members, comparison);
        }
      }
      assertFalse(cases.isEmpty());
    }
    GoldenPage.hold(name, kind -> !kind.equals(GoldenKind.BASE), comparison.results());
  }
}
