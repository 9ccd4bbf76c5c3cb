package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.LoopEvents;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.engine.schedule.SequenceRequest;
import io.lorikeet.engine.schedule.StepLoop;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.schedule.Usage;
import io.lorikeet.engine.spi.Transfers;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole way of a token, from the plan to who is told of it: scheduler, forward pass and
 * sampler, in all of their threads. A token allocates the records that tell of it, and a step a few
 * of its own, however long the sequences are.
 */
final class StepAllocationTest implements LoopEvents {
  private static final int BYTES_PER_TOKEN_MAX = 200;
  private static final int BYTES_PER_STEP_MAX = 600;
  private static final int WINDOW = 20; // steps
  private static final int ROUNDS_MAX = 300;
  private static final int NEW_TOKENS = 200;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final LoadedModel model = TestModels.model("llama");
  private final AdapterImage adapter = TestAdapters.plain(model.spec(), new Random(1));
  private final List<GenerationId> asked = new ArrayList<>();
  private long submitted;
  private long tokens;
  private int ends;
  private long now;

  @ParameterizedTest(name = "{0} sequences")
  @ValueSource(ints = {1, 8})
  void tokenAllocatesTheRecordsThatTellOfItAndNothingElse(int sequences) {
    CpuExecutor executor = TestModels.open(model, 2, CpuExecutorProvider.kernels("auto"));
    Thread[] workers = executor.workerThreads();
    StepLoop loop = new StepLoop(executor, ScheduleSettings.DEFAULTS, this);
    long allowed = WINDOW * (BYTES_PER_STEP_MAX + (long) sequences * BYTES_PER_TOKEN_MAX);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS_MAX && least > allowed; round++) {
      least = Math.min(least, answers(loop, executor, workers, sequences));
    }
    loop.fail(ErrorCode.INTERNAL, "the test is over");

    System.out.printf(
        "%d sequences: %.0f bytes per token%n", sequences, (double) least / WINDOW / sequences);
    assertTrue(least <= allowed, "bytes of " + WINDOW + " steps: " + least + " > " + allowed);
  }

  /** Runs so many answers side by side to their ends; the bytes of the cheapest window of steps. */
  private long answers(StepLoop loop, CpuExecutor executor, Thread[] workers, int sequences) {
    ends = 0;
    for (int i = 0; i < sequences; i++) {
      loop.submit(request(i), now);
    }
    while (loop.state().running() < sequences || tokens == 0) {
      step(loop);
      asked.forEach(each -> loop.adapterReady(each, executor.transfers().stage(adapter)));
      asked.clear();
    }
    long least = Long.MAX_VALUE;
    while (ends == 0) {
      long tokensBefore = tokens;
      long before = allocated(workers);
      for (int i = 0; i < WINDOW; i++) {
        step(loop);
      }
      long bytes = allocated(workers) - before;
      if (tokens - tokensBefore == (long) WINDOW * sequences) {
        least = Math.min(least, bytes);
      }
    }
    while (ends < sequences) {
      step(loop);
    }
    assertEquals(sequences, ends);
    return least;
  }

  private void step(StepLoop loop) {
    now += 1_000_000;
    loop.step(now);
  }

  // Asking allocates nothing: the threads are asked one by one.
  private long allocated(Thread[] workers) {
    long bytes = threads.getCurrentThreadAllocatedBytes();
    for (Thread worker : workers) {
      bytes += threads.getThreadAllocatedBytes(worker.threadId());
    }
    return bytes;
  }

  private SequenceRequest request(int index) {
    return new SequenceRequest(
        submitted++,
        "p" + index % 3,
        index % 4 == 1 ? Composition.of(adapter.generation()) : Composition.BASE,
        new int[] {1, 2, 3, 4, 5},
        NEW_TOKENS,
        index % 2 == 0 ? SamplingParams.GREEDY : new SamplingParams(1f, 20, 0.9f, 0f, index, -1),
        new int[0],
        Integer.MAX_VALUE,
        SequenceRequest.NO_DEADLINE,
        -1,
        Pooling.NONE,
        false);
  }

  @Override
  public void tokens(long id, List<TokenOut> some) {
    tokens += some.size();
  }

  @Override
  public void scored(long id, List<TokenOut> some) {
    throw new AssertionError(id + " did not ask for scores");
  }

  @Override
  public void pooled(long id, float[] vector) {
    throw new AssertionError(id + " did not ask for hidden states");
  }

  @Override
  public void ended(long id, EndReason reason, Usage usage) {
    assertEquals(new EndReason.Length(), reason);
    ends++;
  }

  @Override
  public void page(GenerationId generation) {
    asked.add(generation);
  }

  @Override
  public void carry(GenerationId generation, Transfers.Ticket ticket) {
    throw new AssertionError(generation + " is there");
  }

  @Override
  public void unpaged(GenerationId generation) {}
}
