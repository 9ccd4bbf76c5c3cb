package io.lorikeet.gpu;

import io.lorikeet.engine.cpu.Golden;
import io.lorikeet.engine.cpu.GoldenComparison;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The base models of every dense family on the emulated device against transformers. */
final class BaseGoldenTest {
  static Stream<String> dense() {
    return TestModels.names().stream()
        .filter(name -> TestModels.model(name).spec().experts().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("dense")
  void modelGivesTheGoldenLogitsAndTokens(String name) throws Exception {
    FakeDriver.open().configure("mode=lazy,memory=" + Executors.MEMORY);
    LoadedModel model = TestModels.model(name);
    List<Golden.Run> runs =
        Golden.read(TestModels.folder(name)).runs().stream().filter(Golden.Run::base).toList();
    GoldenComparison comparison = new GoldenComparison();
    try (CudaExecutor executor = Executors.open(model)) {
      StepDriver driver = new StepDriver(executor, new Random(1), left -> Math.min(left, 7));
      var answers =
          driver.run(
              runs.stream().map(run -> Request.base(run.prompt(), run.tokens().size())).toList());
      for (int i = 0; i < runs.size(); i++) {
        comparison.check(runs.get(i), answers.get(i));
      }
    }
    comparison.print(name + ", CUDA emulated");
  }
}
