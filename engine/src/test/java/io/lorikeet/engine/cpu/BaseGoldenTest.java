package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The base models of every family against transformers. */
final class BaseGoldenTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void modelGivesTheGoldenLogitsAndTokensInOneChunkAndInMany(String name) {
    GoldenComparison comparison = new GoldenComparison();
    List<Golden.Run> runs = baseRuns(name);
    try (CpuExecutor executor = TestModels.open(TestModels.model(name), 2, KERNELS)) {
      compare(executor, runs, left -> left, comparison);
      compare(executor, runs, left -> 5, comparison);
    }
    GoldenPage.hold(name, GoldenKind.BASE::equals, comparison.results());
  }

  @Test
  void scalarKernelsGiveTheGoldenLogits() {
    GoldenComparison comparison = new GoldenComparison();
    try (CpuExecutor executor =
        TestModels.open(TestModels.model("llama"), 1, new ScalarKernels())) {
      compare(executor, baseRuns("llama"), left -> left, comparison);
    }
    comparison.print("llama, scalar");
  }

  @Test
  void allRunsOfAModelGoThroughInOneBatch() {
    GoldenComparison comparison = new GoldenComparison();
    List<Golden.Run> runs = baseRuns("llama-biases");
    try (CpuExecutor executor = TestModels.open(TestModels.model("llama-biases"), 2, KERNELS)) {
      StepDriver driver = new StepDriver(executor, new Random(1), left -> 7);
      List<Answer> answers = driver.run(runs.stream().map(BaseGoldenTest::request).toList());
      for (int i = 0; i < runs.size(); i++) {
        comparison.check(runs.get(i), answers.get(i));
      }
    }
  }

  private static void compare(
      CpuExecutor executor,
      List<Golden.Run> runs,
      IntUnaryOperator chunk,
      GoldenComparison comparison) {
    StepDriver driver = new StepDriver(executor, new Random(1), chunk);
    for (Golden.Run run : runs) {
      comparison.check(GoldenKind.BASE, run, driver.run(List.of(request(run))).getFirst());
    }
  }

  private static List<Golden.Run> baseRuns(String model) {
    Golden golden = Golden.read(TestModels.folder(model));
    return golden.runs().stream().filter(Golden.Run::base).toList();
  }

  private static Request request(Golden.Run run) {
    return Request.base(run.prompt(), run.tokens().size());
  }
}
