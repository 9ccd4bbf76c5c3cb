package io.lorikeet.gpu;

import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Golden;
import io.lorikeet.engine.cpu.GoldenComparison;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The base models of every family on the emulated device against transformers. */
final class BaseGoldenTest {
  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void modelGivesTheGoldenLogitsAndTokensInGraphs(String name) throws Exception {
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

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void modelGivesTheBitsOfTheCpuWithoutGraphs(String name) throws Exception {
    FakeDriver.open().configure("mode=lazy,memory=" + Executors.MEMORY);
    LoadedModel model = TestModels.model(name);
    Request request = Request.base(new int[] {3, 25, 14, 30, 8, 1}, 2);
    try (Executor cpu = new CpuExecutorProvider().open(model, Executors.SETTINGS);
        CudaExecutor cuda = Executors.open(model, Executors.EAGER)) {
      answer(cuda, request).assertSameBits(answer(cpu, request), name);
    }
  }

  private static Answer answer(Executor executor, Request request) {
    return new StepDriver(executor, new Random(3), left -> left).run(List.of(request)).getFirst();
  }
}
