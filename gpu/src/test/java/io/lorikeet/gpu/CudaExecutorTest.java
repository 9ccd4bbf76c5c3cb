package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestAdapters;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Lost;
import io.lorikeet.engine.spi.TakeResult.Pending;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.StepFailed;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CUDA executor on the fake driver: its life, its faults, and what it leaves behind. */
final class CudaExecutorTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final int FOREVER = Integer.MAX_VALUE;

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    configure("mode=lazy");
  }

  private void configure(String settings) {
    driver.configure(settings + ",memory=" + Executors.MEMORY);
  }

  @Test
  void itSaysWhatItIs() throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL)) {
      ExecutorInfo info = executor.info();
      assertEquals("cuda", info.backend());
      assertEquals("cuda-general-sm_90", info.kernelPath());
      assertEquals("cuda/f32-kv/exact/f32", info.numericsId());
      assertEquals(307, info.vocabSize());
      assertEquals(512, info.contextMax());
      assertEquals(2 * 2 * 2 * 16 * 16 * 4, info.kvBlockBytes());
      assertEquals((8 << 20) / info.kvBlockBytes(), info.kvBlocks());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mode=eager",
        "mode=random,seed=1",
        "mode=random,seed=2",
        "mode=lazy,simt=threads=random;blocks=random;seed=5",
        "mode=lazy,simt=threads=reverse;blocks=reverse;resident=1"
      })
  void anyOrderOfStreamsThreadsAndBlocksGivesTheBitsOfTheCpu(String settings) throws Exception {
    Request request = Request.base(new int[] {5, 17, 200, 3, 44, 9, 81, 150, 7, 7, 12}, 3);
    Answer expected;
    try (Executor cpu = new CpuExecutorProvider().open(MODEL, Executors.SETTINGS)) {
      expected = answer(cpu, request);
    }
    configure(settings);

    try (CudaExecutor executor = Executors.open(MODEL)) {
      answer(executor, request).assertSameBits(expected, settings);
    }
  }

  private static Answer answer(Executor executor, Request request) {
    return new StepDriver(executor, new Random(2), left -> Math.min(left, 4))
        .run(List.of(request))
        .getFirst();
  }

  @Test
  void aStepGoesFromPendingToDoneWithItsCost() throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      assertInstanceOf(Pending.class, executor.take(0));
      executor.submit(step(3, 5, 0));
      assertInstanceOf(Pending.class, executor.take(FOREVER));

      executor.sample(3, LateInputs.NONE);
      assertInstanceOf(Pending.class, executor.take(0)); // nobody waited for the device yet

      Done done = assertInstanceOf(Done.class, executor.take(Long.MAX_VALUE));
      assertEquals(3, done.stepId());
      assertEquals(1, done.outputs().size());
      assertTrue(done.elapsedNanos() > 0);
      assertInstanceOf(Pending.class, executor.take(FOREVER));
    }
  }

  @Test
  void theNextStepIsQueuedBeforeTheHostKnowsTheLastToken() throws Exception {
    SamplingParams hot = new SamplingParams(2f, 0, 1f, 0f, 9, -1);
    List<Integer> told = new ArrayList<>();
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, hot));
      int token = 5;
      for (int position = 0; position < 5; position++) {
        token = token(run(executor, step(position + 1, token, 0, position)));
        told.add(token);
      }
    }
    configure("mode=lazy");
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, hot));
      List<Integer> untold = new ArrayList<>();
      queue(executor, step(1, 5, 0, 0));
      for (int position = 1; position < 5; position++) {
        queue(executor, step(position + 1, Step.LAST_TOKEN, 0, position));
        if (position == 1) {
          assertEquals(0, driver.counts().launches(), "the host waited");
        }
        untold.add(token(executor.take(Long.MAX_VALUE)));
      }
      untold.add(token(executor.take(Long.MAX_VALUE)));
      assertEquals(told, untold);
    }
  }

  @Test
  void drawsThatLookAtTheTokensSoFarSeeThoseThatAreBeingDrawn() throws Exception {
    Penalties never = new Penalties(1f, 0f, 1e6f); // a token comes once
    SamplingParams sampling =
        new SamplingParams(
            0f, 0, 1f, 0f, 1f, never, TokenBias.NONE, Withheld.NONE, TokenRules.NONE, 1, -1);
    try (CudaExecutor executor = Executors.open(MODEL)) {
      Binding.Tokens tokens = new Binding.Tokens(new int[] {5}, 1, 1, 20);
      executor.bind(new Binding.BindSeat(0, sampling, tokens));
      Set<Integer> drawn = new HashSet<>();
      queue(executor, step(1, 5, 0, 0));
      for (int id = 2; id <= 12; id++) {
        queue(executor, step(id, 5, 0, 0)); // the same row, which would draw the same token
        assertTrue(drawn.add(token(executor.take(Long.MAX_VALUE))), drawn + " again");
      }
    }
  }

  private static void queue(Executor executor, Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
  }

  @Test
  void aStepThatFailsTakesThoseAfterItAlong() throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      int token = token(run(executor, step(1, 5, 0)));
      queue(executor, step(2, 5, 0));
      queue(executor, step(3, 5, 9)); // nobody sits there
      assertEquals(token, token(executor.take(Long.MAX_VALUE)));
      assertEquals(3, assertInstanceOf(StepFailed.class, executor.take(0)).stepId());
      queue(executor, step(4, 5, 9));
      queue(executor, step(5, 5, 0));
      assertEquals(4, assertInstanceOf(StepFailed.class, executor.take(0)).stepId());
      assertInstanceOf(Pending.class, executor.take(0));
      assertEquals(token, token(run(executor, step(6, 5, 0))));
    }
  }

  @Test
  void callsOutOfOrderThrow() throws Exception {
    CudaExecutor executor = Executors.open(MODEL);
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
  void callsFromAnotherThreadThrow() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (CudaExecutor executor = Executors.open(MODEL)) {
      Thread.ofPlatform()
          .uncaughtExceptionHandler((thread, e) -> thrown.set(e))
          .start(() -> executor.take(0))
          .join();
    }
    assertInstanceOf(IllegalStateException.class, thrown.get());
  }

  @Test
  void stepsThatNameWhatIsNotThereFailAndTheExecutorGoesOn() throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      int token = token(run(executor, step(1, 5, 0)));

      assertFails(executor, step(2, 307, 0), "token of row 0 must be < 307");
      assertFails(executor, step(3, 5, 1), "seat 1 is not bound");
      Step joined = step(4, 5, 0);
      joined.segments = 1;
      joined.slot[0] = 3;
      joined.segmentBegin[1] = 1;
      assertFails(executor, joined, "slot 3 is empty");
      executor.bind(new Binding.FreeSeat(0));
      assertFails(executor, step(5, 5, 0), "seat 0 is not bound");

      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      assertEquals(token, token(run(executor, step(6, 5, 0))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail-launch=", "lose-launch="})
  void aFaultInAnyStepLosesTheExecutorAndAnotherGoesOnWithTheSameToken(String fault)
      throws Exception {
    FakeDriver.Counts before = driver.counts();
    int token;
    long launches;
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      token = token(run(executor, step(1, 5, 0)));
      launches = driver.counts().launches();
    }
    for (String mode : new String[] {"mode=eager,", "mode=lazy,"}) {
      configure(mode + fault + (launches + launches / 2)); // within the second step
      CudaExecutor executor = Executors.open(MODEL);
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      assertEquals(token, token(run(executor, step(1, 5, 0))));

      Lost lost = assertInstanceOf(Lost.class, run(executor, step(2, 5, 0)), mode + fault);

      assertTrue(lost.reason().contains("CUDA_ERROR"), lost.reason());
      assertThrows(IllegalStateException.class, () -> executor.submit(step(3, 5, 0)));
      assertThrows(IllegalStateException.class, () -> executor.take(0));
      executor.close();
      assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
      assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());

      configure("mode=lazy");
      try (CudaExecutor rebuilt = Executors.open(MODEL)) {
        rebuilt.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
        assertEquals(token, token(run(rebuilt, step(1, 5, 0))));
      }
    }
  }

  @Test
  void anAdapterThatTheDeviceRefusesIsLostWithTheStep() throws Exception {
    configure("mode=lazy,fail-launch=3");
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      executor.submit(step(1, 5, 0));
      executor.sample(1, LateInputs.NONE);
      Transfers.Ticket ticket =
          executor.transfers().stage(TestAdapters.plain(MODEL.spec(), new Random(1)));
      executor.bind(new Binding.BindSlot(0, ticket));

      executor.transfers().carry(ticket); // its place is free after the step

      assertFalse(ticket.isReady());
      assertInstanceOf(Lost.class, executor.take(Long.MAX_VALUE));
    }
  }

  @Test
  void memoryReturnsToTheStart() throws Exception {
    FakeDriver.Counts before = driver.counts();
    try (CudaExecutor executor = Executors.open(MODEL)) {
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      run(executor, step(1, 5, 0));
      long held = driver.counts().deviceBytes();
      long pinned = driver.counts().pinnedBytes();
      for (int id = 2; id < 5; id++) {
        run(executor, step(id, 5, 0));
      }
      executor.submit(step(5, 5, 0)); // in flight when it is closed
      assertEquals(held, driver.counts().deviceBytes());
      assertEquals(pinned, driver.counts().pinnedBytes());
    }
    assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
    assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
    assertEquals("", driver.leaks());
  }

  @Test
  void whatItCanNotOpenLeavesNothingBehind() {
    FakeDriver.Counts before = driver.counts();
    driver.configure("memory=1048576");

    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> Executors.open(MODEL).close());

    assertEquals(ErrorCode.MODEL_MEMORY_EXCEEDED, refused.code());
    assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
    assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
  }

  @Test
  void modelsAndSettingsWithoutKernelsAreRefusedByName() {
    int most = 65_535;
    EngineSettings wide = new EngineSettings(1, "auto", "stored", most + 1, 8 << 20, 0, 8, 4);
    LorikeetException rows =
        assertThrows(LorikeetException.class, () -> Executors.open(MODEL, wide).close());
    assertEquals(ErrorCode.MODEL_FIELD_UNSUPPORTED, rows.code());
    assertTrue(rows.toString().contains("must be <= " + most), rows.toString());

    EngineSettings int8 = Executors.settings("q8", Numerics.INT8, Map.of());
    LorikeetException rounded =
        assertThrows(LorikeetException.class, () -> Executors.open(MODEL, int8).close());
    assertEquals(ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, rounded.code());
    assertTrue(rounded.toString().endsWith("must be auto or exact. Given: int8"));
  }

  /** A step of one row at position 0 that draws. */
  private static Step step(long id, int token, int seat) {
    return step(id, token, seat, 0);
  }

  private static Step step(long id, int token, int seat, int position) {
    Step step = new Step(4, 4, 2);
    step.clear(id);
    step.sequences = 1;
    step.seat[0] = seat;
    step.promptLength[0] = 1;
    step.blocks[0] = 2;
    step.blockBegin[1] = 1;
    step.rows = 1;
    step.token[0] = token;
    step.position[0] = position;
    step.emit[0] = Emit.SAMPLE;
    return step;
  }

  private static TakeResult run(Executor executor, Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    return executor.take(Long.MAX_VALUE);
  }

  private static int token(TakeResult result) {
    Done done = assertInstanceOf(Done.class, result);
    return assertInstanceOf(Sampled.class, done.outputs().getFirst()).token();
  }

  private static void assertFails(Executor executor, Step step, String reason) {
    StepFailed failed = assertInstanceOf(StepFailed.class, run(executor, step));
    assertEquals(step.id, failed.stepId());
    assertTrue(failed.reason().contains(reason), failed.reason());
  }
}
