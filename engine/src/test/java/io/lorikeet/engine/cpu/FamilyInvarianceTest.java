package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.step.WeightTypes;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link BatchInvarianceTest} holds for one model in depth, for every family. */
final class FamilyInvarianceTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final int REQUESTS = 8;
  private static final int SCALING = 2; // its slot; those before it have plain ones
  private static final int PROMPT_MAX = 70;
  private static final int TOKENS = 5;

  static Stream<Arguments> modelsAndWeights() {
    return TestModels.names().stream()
        .flatMap(name ->
            Stream.of("stored", "q8", "q4", "q8/exact", "q4/exact")
                .map(weights -> Arguments.of(name, weights)));
  }

  @ParameterizedTest
  @MethodSource("modelsAndWeights")
  void bitsDependOnNeitherBatchNorChunksNorThreadsNorFace(String name, String weights) {
    assertSameBits(name, weights, KERNELS);
  }

  static Stream<String> modelsInBf16() {
    return TestModels.names().stream()
        .filter(name -> WeightTypes.stored(TestModels.model(name)).anyMatch(DType.BF16::equals));
  }

  @ParameterizedTest
  @MethodSource("modelsInBf16")
  void bitsOfBf16NumericsDependOnNoneOfThemEither(String name) {
    assertSameBits(name, "stored/bf16", TestModels.bf16Kernels());
  }

  private static void assertSameBits(String name, String weights, Kernels kernels) {
    LoadedModel model = TestModels.model(name);
    Random random = new Random(name.hashCode());
    List<Request> requests =
        IntStream.range(0, REQUESTS).mapToObj(i -> request(model, i, random)).toList();
    List<Answer> alone = new ArrayList<>();
    try (CpuExecutor executor = open(model, 1, kernels, weights)) {
      for (Request request : requests) {
        alone.addAll(new StepDriver(executor, new Random(1), left -> left).run(List.of(request)));
      }
    }

    try (CpuExecutor executor = open(model, 3, kernels, weights)) {
      assertSameBits(alone, executor, requests, random, name + ", in a batch");
    }
    try (CpuExecutor executor = open(model, 2, new ScalarKernels(), weights)) {
      assertSameBits(alone, executor, requests, random, name + ", scalar");
    }
  }

  private static void assertSameBits(
      List<Answer> alone,
      CpuExecutor executor,
      List<Request> requests,
      Random random,
      String what) {
    StepDriver driver = new StepDriver(executor, random, left -> 1 + random.nextInt(left));
    List<Answer> answers = driver.run(requests);
    for (int i = 0; i < requests.size(); i++) {
      alone.get(i).assertSameBits(answers.get(i), what + ", request " + i);
    }
  }

  // The base, one adapter without and with scales and replacements, and a sum, in turns.
  private static Request request(LoadedModel model, int index, Random random) {
    int[] prompt = random.ints(1 + random.nextInt(PROMPT_MAX), 0, model.spec().vocab()).toArray();
    Request base = Request.base(prompt, TOKENS);
    return switch (index % 4) {
      case 0 -> base;
      case 1 -> base.joining(new Request.Join(0, 1f));
      case 2 -> base.joining(new Request.Join(0, 0.6f), new Request.Join(1, -0.4f));
      default -> base.joining(new Request.Join(SCALING, 1f));
    };
  }

  private static CpuExecutor open(LoadedModel model, int threads, Kernels kernels, String weights) {
    CpuExecutor executor = TestModels.open(model, threads, kernels, weights);
    Random random = new Random(17);
    for (int slot = 0; slot <= SCALING; slot++) {
      var image =
          slot < SCALING
              ? TestAdapters.plain(model.spec(), random)
              : TestAdapters.scaling(model.spec(), random);
      executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
    }
    return executor;
  }
}
