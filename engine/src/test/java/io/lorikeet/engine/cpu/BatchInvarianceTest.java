package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request's tokens and logits are the same bits alone and in any batch, for any chunks, threads
 * and kernel faces.
 */
final class BatchInvarianceTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final int PLAIN = 4; // slots 0 to 3
  private static final int SCALING = 2; // slots 4 and 5
  private static final SamplingParams RANDOM = new SamplingParams(1.3f, 30, 0.95f, 0f, 7, 3);

  private static final LoadedModel MODEL = TestModels.model("llama");
  private static List<Request> requests = List.of();
  private static List<Answer> alone = List.of();

  @BeforeAll
  static void runEveryRequestAlone() {
    Random random = new Random(99);
    requests = IntStream.range(0, 14).mapToObj(i -> request(i, random)).toList();
    List<Answer> answers = new ArrayList<>();
    try (CpuExecutor executor = open(1, KERNELS)) {
      for (Request request : requests) {
        answers.addAll(new StepDriver(executor, new Random(1), left -> left).run(List.of(request)));
      }
    }
    alone = answers;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void requestsGiveTheSameBitsInRandomBatches(long seed) {
    Random random = new Random(seed);
    try (CpuExecutor executor = open(1 + random.nextInt(3), KERNELS)) {
      for (int round = 0; round < 3; round++) {
        int size = 2 + random.nextInt(requests.size() - 2);
        List<Integer> members =
            random.ints(0, requests.size()).distinct().limit(size).boxed().toList();
        run(executor, random, left -> 1 + random.nextInt(left), members, "seed " + seed);
      }
    }
  }

  @Test
  void promptsGiveTheSameBitsInChunksOfAnySize() {
    try (CpuExecutor executor = open(2, KERNELS)) {
      for (int chunk = 1; chunk <= 64; chunk++) {
        int size = chunk;
        run(executor, new Random(chunk), left -> size, List.of(chunk % 6), "chunk " + chunk);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8})
  void threadsChangeNoBits(int threads) {
    try (CpuExecutor executor = open(threads, KERNELS)) {
      run(executor, new Random(threads), left -> 9, all(), threads + " threads");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void vectorWidthsChangeNoBits(int bits) {
    try (CpuExecutor executor = open(2, VectorKernels.of(bits))) {
      run(executor, new Random(bits), left -> left, all(), bits + " bits");
    }
  }

  @Test
  void scalarKernelsGiveTheSameBits() {
    try (CpuExecutor executor = open(2, new ScalarKernels())) {
      run(executor, new Random(3), left -> 20, all(), "scalar");
    }
  }

  @Test
  void rowWithNaNEndsItsOwnSequenceOnly() {
    try (CpuExecutor executor = open(2, KERNELS)) {
      executor.bind(
          new Binding.BindSlot(9, executor.transfers().stage(TestAdapters.nan(MODEL.spec()))));
      List<Request> batch = new ArrayList<>(requests.subList(0, 6));
      batch.add(Request.adapted(new int[] {5, 6, 7}, 4, 9));

      List<Answer> answers = new StepDriver(executor, new Random(5), left -> 4).run(batch);

      for (int i = 0; i < 6; i++) {
        alone.get(i).assertSameBits(answers.get(i), "request " + i);
      }
      assertNotEquals("", answers.get(6).failure());
    }
  }

  private static void run(
      CpuExecutor executor,
      Random random,
      IntUnaryOperator chunk,
      List<Integer> members,
      String what) {
    List<Answer> answers =
        new StepDriver(executor, random, chunk).run(members.stream().map(requests::get).toList());
    for (int i = 0; i < members.size(); i++) {
      alone
          .get(members.get(i))
          .assertSameBits(answers.get(i), what + ", request " + members.get(i));
    }
  }

  private static List<Integer> all() {
    return IntStream.range(0, requests.size()).boxed().toList();
  }

  // The base, one adapter with and without row scales, and compositions, in turns.
  private static Request request(int index, Random random) {
    int[] prompt = random.ints(1 + random.nextInt(70), 0, MODEL.spec().vocab()).toArray();
    Request base = Request.base(prompt, 3 + random.nextInt(6));
    Request joined =
        switch (index % 4) {
          case 0 -> base;
          case 1 -> base.joining(new Request.Join(random.nextInt(PLAIN), 1f));
          case 2 -> base.joining(new Request.Join(PLAIN + random.nextInt(SCALING), 1f));
          default -> base.joining(new Request.Join(0, 0.6f), new Request.Join(2, -0.4f));
        };
    return index % 3 == 0 ? joined.drawing(RANDOM) : joined;
  }

  private static CpuExecutor open(int threads, Kernels kernels) {
    CpuExecutor executor = TestModels.open(MODEL, threads, kernels);
    Random random = new Random(17);
    for (int slot = 0; slot < PLAIN + SCALING; slot++) {
      var image =
          slot < PLAIN
              ? TestAdapters.plain(MODEL.spec(), random)
              : TestAdapters.scaling(MODEL.spec(), random);
      executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
    }
    return executor;
  }
}
