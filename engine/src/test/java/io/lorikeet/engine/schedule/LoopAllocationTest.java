package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.NullExecutor;
import io.lorikeet.engine.spi.Tickets;
import io.lorikeet.engine.spi.Transfers;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The loop around the executor allocates little per token: the token's records and its share of the
 * step's, nothing that grows with the sequences' lengths.
 */
final class LoopAllocationTest implements LoopEvents {
  private static final int BYTES_PER_TOKEN_MAX = 400;
  private static final int BYTES_PER_STEP_MAX = 1_000;
  private static final int WINDOW = 100; // steps
  private static final int WINDOWS = 30;

  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<GenerationId> asked = new ArrayList<>();
  private long tokens;
  private long now;

  @ParameterizedTest(name = "{0} sequences")
  @ValueSource(ints = {1, 8, 64})
  void decodeStepsAllocateAtMostSoManyBytesPerToken(int sequences) {
    int blocks = 64 * sequences * 4;
    StepLoop loop =
        new StepLoop(
            new NullExecutor(Infos.of("null", 1, blocks, 64, 4, 64)),
            ScheduleSettings.DEFAULTS,
            this);
    for (int i = 0; i < sequences; i++) {
      loop.submit(request(i), now);
    }
    settle(loop, sequences);

    long least = Long.MAX_VALUE;
    long before = tokens;
    for (int window = 0; window < WINDOWS; window++) {
      long begin = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < WINDOW; i++) {
        step(loop);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - begin);
    }

    System.out.printf(
        "%d sequences: %.0f bytes per token%n", sequences, (double) least / WINDOW / sequences);
    assertEquals((long) WINDOWS * WINDOW * sequences, tokens - before);
    long allowed = WINDOW * (BYTES_PER_STEP_MAX + (long) sequences * BYTES_PER_TOKEN_MAX);
    assertTrue(least <= allowed, "bytes of " + WINDOW + " steps: " + least + " > " + allowed);
  }

  /** All sequences decode and all adapters are there. */
  private void settle(StepLoop loop, int sequences) {
    for (int i = 0; i < 200; i++) {
      step(loop);
      for (GenerationId generation : List.copyOf(asked)) {
        asked.remove(generation);
        loop.adapterReady(generation, Tickets.ticket(generation));
      }
    }
    assertEquals(sequences, loop.state().running());
  }

  private void step(StepLoop loop) {
    now += 1_000_000;
    loop.step(now);
  }

  private static SequenceRequest request(int index) {
    int[] prompt = new int[5 + index % 7];
    GenerationId adapter =
        index % 4 == 0 ? GenerationId.BASE : new GenerationId("adapter " + index % 4);
    return new SequenceRequest(
        index,
        "p" + index % 3,
        Composition.of(adapter),
        prompt,
        4_000,
        SamplingParams.GREEDY,
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
    throw new AssertionError(id + " ended: " + reason);
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
  public void unpaged(GenerationId generation) {
    throw new AssertionError(generation + " lost its slot");
  }
}
