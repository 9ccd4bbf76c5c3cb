package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compute path of hot steps allocates nothing; a step's results are all that is allocated. */
final class AllocationTest {
  private static final int ROWS = 6;
  private static final int STEPS_MAX = 60_000;
  private static final int WINDOW = 50;
  private static final int RESULT_BYTES_MAX = 400; // per row

  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2-moe"})
  void hotForwardPassAllocatesNothingInAnyThread(String name) {
    try (CpuExecutor executor = open(TestModels.model(name))) {
      Step step = step();
      Thread[] workers = executor.workerThreads();
      long least = Long.MAX_VALUE;
      for (int done = 0; done < STEPS_MAX && least > 0; done += WINDOW) {
        least = Math.min(least, forwardBytes(executor, workers, step));
      }

      assertEquals(0, least, "bytes of " + WINDOW + " forward passes");
    }
  }

  @Test
  void hotSamplingAllocatesItsResultsOnly() {
    try (CpuExecutor executor = open(TestModels.model("llama"))) {
      Step step = step();
      Thread[] workers = executor.workerThreads();
      long least = Long.MAX_VALUE;
      long allowed = (long) WINDOW * ROWS * RESULT_BYTES_MAX;
      for (int done = 0; done < STEPS_MAX && least > allowed; done += WINDOW) {
        long before = allocated(workers);
        for (int i = 0; i < WINDOW; i++) {
          run(executor, step);
        }
        least = Math.min(least, allocated(workers) - before);
      }

      assertTrue(least <= allowed, "bytes of " + WINDOW + " steps: " + least);
    }
  }

  private long forwardBytes(CpuExecutor executor, Thread[] workers, Step step) {
    long bytes = 0;
    for (int i = 0; i < WINDOW; i++) {
      long before = allocated(workers);
      executor.submit(step);
      bytes += allocated(workers) - before;
      executor.sample(step.id, LateInputs.NONE);
      executor.take(0);
    }
    return bytes;
  }

  private static void run(CpuExecutor executor, Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    executor.take(0);
  }

  // Asking allocates nothing: the threads are asked one by one.
  private long allocated(Thread[] workers) {
    long bytes = threads.getCurrentThreadAllocatedBytes();
    for (Thread worker : workers) {
      bytes += threads.getThreadAllocatedBytes(worker.threadId());
    }
    return bytes;
  }

  private static CpuExecutor open(LoadedModel model) {
    CpuExecutor executor = TestModels.open(model, 2, CpuExecutorProvider.kernels("auto"));
    Random random = new Random(1);
    for (int slot = 0; slot < 3; slot++) {
      var image =
          slot == 0
              ? TestAdapters.scaling(model.spec(), random)
              : TestAdapters.plain(model.spec(), random);
      executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
    }
    for (int seat = 0; seat < ROWS; seat++) {
      SamplingParams params =
          seat % 2 == 0 ? SamplingParams.GREEDY : new SamplingParams(1f, 20, 0.9f, 0f, seat, -1);
      executor.bind(new Binding.BindSeat(seat, params));
    }
    return executor;
  }

  /** Decode rows at position 20: one with row scales, two adapters, a composition, two bases. */
  private static Step step() {
    Step step = new Step(ROWS, 2 * ROWS, 2);
    step.clear(1);
    step.rows = ROWS;
    step.sequences = ROWS;
    for (int row = 0; row < ROWS; row++) {
      step.token[row] = 5 + row;
      step.position[row] = 20;
      step.sequence[row] = row;
      step.emit[row] = Emit.SAMPLE;
      step.seat[row] = row;
      step.promptLength[row] = 10;
      step.blocks[2 * row] = 2 * row;
      step.blocks[2 * row + 1] = 2 * row + 1;
      step.blockBegin[row + 1] = 2 * row + 2;
    }
    segment(step, 0, 0);
    segment(step, 1, 1, 3);
    segment(step, 2, 2, 3);
    return step;
  }

  private static void segment(Step step, int slot, int... rows) {
    int at = step.segmentBegin[step.segments];
    step.slot[step.segments++] = slot;
    for (int row : rows) {
      step.segmentRow[at] = row;
      step.segmentWeight[at++] = 1f;
    }
    step.segmentBegin[step.segments] = at;
  }
}
