package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Lost;
import io.lorikeet.engine.spi.TakeResult.Pending;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.StepFailed;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.foreign.NativeKernels;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuExecutorTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final LoadedModel MODEL = TestModels.model("llama");

  @Test
  void providerIsFoundAndOpensTheExecutor() {
    ExecutorProvider provider =
        ServiceLoader.load(ExecutorProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.device().equals("cpu"))
            .findFirst()
            .orElseThrow();

    assertTrue(provider.availability().available());
    try (Executor executor = provider.open(MODEL, TestModels.settings(2))) {
      ExecutorInfo info = executor.info();
      assertEquals("cpu", info.backend());
      assertEquals("f32-kv/exact/f32", info.numericsId());
      assertEquals(1, info.depth());
      assertEquals(307, info.vocabSize());
      assertEquals(512, info.contextMax());
      // 2 layers, 2 KV heads, keys and values of 16 dimensions for 16 tokens, 4 bytes each
      assertEquals(2 * 2 * 2 * 16 * 16 * 4, info.kvBlockBytes());
      assertEquals((8 << 20) / info.kvBlockBytes(), info.kvBlocks());
    }
  }

  @Test
  void slotTakesTheBytesOfItsFactorsInWholeLines() {
    try (CpuExecutor executor = open(KERNELS)) {
      AdapterImage image = TestAdapters.plain(MODEL.spec(), new Random(1));
      long packed = image.head().delta().lowRank().map(CpuExecutorTest::packed).orElse(0L);
      packed += image.embedding().update().map(u -> packed(u.b())).orElse(0L);
      for (var layer : image.layers()) {
        for (Delta delta : layer.values()) {
          packed += delta.lowRank().map(CpuExecutorTest::packed).orElse(0L);
        }
      }

      assertEquals(packed, executor.transfers().stage(image).bytes());
      assertTrue(packed > 0);
      assertTrue(executor.info().adapterBytes() > packed);
    }
  }

  private static long packed(LowRank update) {
    return lines(update.a().data().byteSize()) + packed(update.b());
  }

  private static long packed(Matrix b) {
    return lines(PackedB.bytes(b.dtype(), b.rows(), b.cols()));
  }

  private static long lines(long bytes) {
    return (bytes + 63) / 64 * 64;
  }

  @Test
  void scalarKernelsAreUsedOnlyWhenAskedFor() {
    String fastest = NativeKernels.absence().isEmpty() ? "native-" : "vector-";
    assertTrue(CpuExecutorProvider.kernels("auto").name().startsWith(fastest));
    assertTrue(CpuExecutorProvider.kernels("vector").name().startsWith("vector-"));
    assertEquals("scalar", CpuExecutorProvider.kernels("scalar").name());
  }

  @Test
  void stepGoesFromPendingToDoneWithItsCost() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      assertInstanceOf(Pending.class, executor.take(0));
      executor.submit(step(3, 5, 0));
      assertInstanceOf(Pending.class, executor.take(0));

      executor.sample(3, LateInputs.NONE);

      Done done = assertInstanceOf(Done.class, executor.take(0));
      assertEquals(3, done.stepId());
      assertEquals(1, done.outputs().size());
      assertTrue(done.elapsedNanos() > 0);
      assertInstanceOf(Pending.class, executor.take(0));
    }
  }

  @Test
  void onlyRowsThatEmitGiveOutputs() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, new SamplingParams(0f, 0, 1f, 0f, 0, 2)));
      Step step = step(1, 5, 0);
      addRow(step, 6, Emit.LOGITS);
      step.emit[0] = Emit.NONE;

      Done done = assertInstanceOf(Done.class, run(executor, step));

      Sampled sampled = assertInstanceOf(Sampled.class, done.outputs().getFirst());
      assertEquals(1, sampled.row());
      assertEquals(307, sampled.logits().length);
      assertEquals(2, sampled.topIds().length);
      assertEquals(sampled.token(), sampled.topIds()[0]);
      assertEquals(sampled.topLogprobs()[0], sampled.logprob());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"matmul", "attention", "widenRow", "maxima"})
  void throwingKernelFailsTheStepAndTheExecutorGoesOn(String operation) {
    FaultyKernels faulty = new FaultyKernels(KERNELS, operation);
    try (CpuExecutor executor = open(faulty.face())) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      TakeResult before = run(executor, step(1, 5, 0));
      faulty.next.set(new IllegalStateException("broken " + operation));

      StepFailed failed = assertInstanceOf(StepFailed.class, run(executor, step(2, 5, 0)));

      assertEquals(2, failed.stepId());
      assertTrue(failed.reason().contains("broken " + operation), failed.reason());
      assertEquals(token(before), token(run(executor, step(3, 5, 0))));
    }
  }

  /** The first product of a step with an adapter is one with A. */
  @Test
  void shrinkThatFailsIsNotWaitedForByTheOtherWorkers() {
    FaultyKernels faulty = new FaultyKernels(KERNELS, "matmul");
    try (CpuExecutor executor = open(faulty.face())) {
      AdapterImage image = TestAdapters.plain(MODEL.spec(), new Random(1));
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      executor.bind(new Binding.BindSlot(0, executor.transfers().stage(image)));
      TakeResult before = run(executor, joined(step(1, 5, 0), 0, 1f));
      faulty.next.set(new IllegalStateException("broken A"));

      assertFails(executor, joined(step(2, 5, 0), 0, 1f), "broken A");

      assertEquals(token(before), token(run(executor, joined(step(3, 5, 0), 0, 1f))));
    }
  }

  @Test
  void errorLosesTheExecutorAndOnlyCloseMayFollow() {
    FaultyKernels faulty = new FaultyKernels(KERNELS, "rmsNorm");
    CpuExecutor executor = open(faulty.face());
    executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
    faulty.next.set(new OutOfMemoryError("no memory"));

    Lost lost = assertInstanceOf(Lost.class, run(executor, step(1, 5, 0)));

    assertTrue(lost.reason().contains("no memory"), lost.reason());
    assertThrows(IllegalStateException.class, () -> executor.take(0));
    assertThrows(IllegalStateException.class, () -> executor.submit(step(2, 5, 0)));
    executor.close();
    for (Thread thread : executor.workerThreads()) {
      assertFalse(thread.isAlive());
    }
  }

  @Test
  void callsOutOfOrderThrow() {
    CpuExecutor executor = open(KERNELS);
    executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
    assertThrows(IllegalStateException.class, () -> executor.sample(1, LateInputs.NONE));
    executor.submit(step(1, 5, 0));
    assertThrows(IllegalStateException.class, () -> executor.submit(step(2, 5, 0)));
    assertThrows(IllegalStateException.class, () -> executor.sample(2, LateInputs.NONE));
    executor.close();
    executor.close();
    assertThrows(IllegalStateException.class, () -> executor.take(0));
  }

  @Test
  void callsFromAnotherThreadThrow() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (CpuExecutor executor = open(KERNELS)) {
      Thread other =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> thrown.set(e))
              .start(() -> executor.take(0));
      other.join();
    }

    assertInstanceOf(IllegalStateException.class, thrown.get());
  }

  @Test
  void stepsThatNameWhatIsNotThereFail() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));

      assertFails(executor, step(1, 307, 0), "token of row 0 must be < 307");
      assertFails(executor, step(2, Step.LAST_TOKEN, 0), "no token was drawn on seat 0");
      assertFails(executor, step(3, 5, 1), "seat 1 is not bound");
      Step far = step(4, 5, 0);
      far.position[0] = 16;
      assertFails(executor, far, "position of row 0");
      Step wild = step(5, 5, 0);
      wild.blocks[0] = executor.info().kvBlocks();
      assertFails(executor, wild, "block of row 0");
      assertFails(executor, joined(step(6, 5, 0), 3, 1f), "slot 3 is empty");
    }
  }

  @Test
  void rowScalesAreRefusedInWeightedSums() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      Random random = new Random(1);
      AdapterImage plain = TestAdapters.plain(MODEL.spec(), random);
      AdapterImage scaling = TestAdapters.scaling(MODEL.spec(), random);
      executor.bind(new Binding.BindSlot(0, executor.transfers().stage(plain)));
      executor.bind(new Binding.BindSlot(1, executor.transfers().stage(scaling)));

      assertFails(executor, joined(step(1, 5, 0), 1, 0.5f), "one segment with weight 1");
      assertFails(
          executor, joined(joined(step(2, 5, 0), 0, 1f), 1, 1f), "one segment with weight 1");
      assertInstanceOf(Done.class, run(executor, joined(step(3, 5, 0), 1, 1f)));
      assertInstanceOf(Done.class, run(executor, joined(step(4, 5, 0), 0, 0.5f)));
    }
  }

  @Test
  void segmentsOfTheBaseSlotChangeNothing() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));

      TakeResult base = run(executor, step(1, 5, 0));
      TakeResult minusOne = run(executor, joined(step(2, 5, 0), -1, 1f));

      assertEquals(token(base), token(minusOne));
    }
  }

  @Test
  void seatForgetsItsTokenWhenItIsBoundAgain() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      run(executor, step(1, 5, 0));
      assertInstanceOf(Done.class, run(executor, step(2, Step.LAST_TOKEN, 0)));

      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));

      assertFails(executor, step(3, Step.LAST_TOKEN, 0), "no token was drawn on seat 0");
    }
  }

  @Test
  void freedSlotsAndSeatsAreEmpty() {
    try (CpuExecutor executor = open(KERNELS)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      AdapterImage image = TestAdapters.plain(MODEL.spec(), new Random(1));
      executor.bind(new Binding.BindSlot(3, executor.transfers().stage(image)));
      executor.bind(new Binding.FreeSlot(3));
      assertFails(executor, joined(step(1, 5, 0), 3, 1f), "slot 3 is empty");

      executor.bind(new Binding.FreeSeat(0));

      assertFails(executor, step(2, 5, 0), "seat 0 is not bound");
    }
  }

  @Test
  void warmUpLeavesSeatsAndSlotsEmpty() {
    try (CpuExecutor executor = open(KERNELS)) {
      assertFails(executor, step(1, 5, 0), "seat 0 is not bound");
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      assertFails(executor, joined(step(2, 5, 0), 0, 1f), "slot 0 is empty");
    }
  }

  @Test
  void ticketIsReadyAtOnceAndRefersToTheImage() {
    try (CpuExecutor executor = open(KERNELS)) {
      AdapterImage image = TestAdapters.plain(MODEL.spec(), new Random(1));

      Transfers.Ticket ticket = executor.transfers().stage(image);

      assertTrue(ticket.isReady());
      assertEquals(image, ticket.image());
    }
  }

  @Test
  void imagesOfOtherModelsAreRefused() {
    LoadedModel other = TestModels.model("llama-biases");
    try (CpuExecutor executor = open(KERNELS)) {
      AdapterImage wide = TestAdapters.plain(other.spec(), new Random(1));
      AdapterImage shallow = new AdapterImage(new GenerationId("g"), List.of(), 0);

      assertThrows(IllegalArgumentException.class, () -> executor.transfers().stage(shallow));
      assertThrows(IllegalArgumentException.class, () -> executor.transfers().stage(wide));
    }
  }

  private static CpuExecutor open(Kernels kernels) {
    return TestModels.open(MODEL, 2, kernels);
  }

  /** A step of one row at position 0 that draws. */
  private static Step step(long id, int token, int seat) {
    Step step = new Step(4, 4, 2);
    step.clear(id);
    step.sequences = 1;
    step.seat[0] = seat;
    step.promptLength[0] = 1;
    step.blocks[0] = 2;
    step.blockBegin[1] = 1;
    addRow(step, token, Emit.SAMPLE);
    return step;
  }

  private static void addRow(Step step, int token, Emit emit) {
    int row = step.rows++;
    step.token[row] = token;
    step.position[row] = row;
    step.sequence[row] = 0;
    step.emit[row] = emit;
  }

  /** Row 0 joins a segment. */
  private static Step joined(Step step, int slot, float weight) {
    int at = step.segments++;
    step.slot[at] = slot;
    step.segmentRow[at] = 0;
    step.segmentWeight[at] = weight;
    step.segmentBegin[at + 1] = at + 1;
    return step;
  }

  private static TakeResult run(Executor executor, Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    return executor.take(0);
  }

  private static void assertFails(Executor executor, Step step, String reason) {
    StepFailed failed = assertInstanceOf(StepFailed.class, run(executor, step));
    assertTrue(failed.reason().contains(reason), failed.reason());
  }

  private static int token(TakeResult result) {
    Done done = assertInstanceOf(Done.class, result);
    return assertInstanceOf(Sampled.class, done.outputs().getFirst()).token();
  }
}
