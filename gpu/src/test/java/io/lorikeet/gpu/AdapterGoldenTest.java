package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lorikeet.engine.cpu.AdapterCases;
import io.lorikeet.engine.cpu.AdapterCases.Case;
import io.lorikeet.engine.cpu.Golden;
import io.lorikeet.engine.cpu.GoldenComparison;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Adapters of every dense family on the emulated device against PEFT: one run of each adapter and
 * combination, all of them with {@code -Dlorikeet.soak=true}.
 */
final class AdapterGoldenTest {
  private static final boolean SOAK = Boolean.getBoolean("lorikeet.soak");
  private static final int BATCH = 8;

  @ParameterizedTest
  @MethodSource("io.lorikeet.gpu.BaseGoldenTest#dense")
  void runsWithAdaptersGiveTheGoldenLogitsAndTokens(String name) throws Exception {
    FakeDriver.open().configure("mode=random,seed=6,memory=" + Executors.MEMORY);
    LoadedModel model = TestModels.model(name);
    Golden golden = Golden.read(TestModels.folder(name));
    GoldenComparison comparison = new GoldenComparison();
    try (CudaExecutor executor = Executors.open(model)) {
      List<Case> cases = chosen(AdapterCases.of(executor, name, model, golden));
      assertFalse(cases.isEmpty());
      for (int begin = 0; begin < cases.size(); begin += BATCH) {
        int end = Math.min(begin + BATCH, cases.size());
        AdapterCases.check(executor, cases.subList(begin, end), comparison);
      }
    }
    comparison.print(name + " with adapters, CUDA emulated");
  }

  private static List<Case> chosen(List<Case> all) {
    Map<String, Case> chosen = new LinkedHashMap<>();
    for (Case each : all) {
      String what = each.kind() + each.run().parts() + each.run().merged();
      if (!each.run().base()) {
        chosen.putIfAbsent(SOAK ? what + each.run().name() : what, each);
      }
    }
    return List.copyOf(chosen.values());
  }
}
