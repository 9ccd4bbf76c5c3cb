package io.lorikeet.benchmarks;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.LoopEvents;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.engine.schedule.SequenceRequest;
import io.lorikeet.engine.schedule.StepLoop;
import io.lorikeet.engine.schedule.StepReport;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.schedule.Usage;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.NullExecutor;
import io.lorikeet.engine.spi.Tickets;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A step of the scheduler around an executor that computes nothing: most steps draw a token of each
 * sequence; one in 500 begins with a sequence that ended and a new one in its place.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SchedulerBenchmark implements LoopEvents {
  private static final int TOKENS = 500;
  private static final int PRINCIPALS = 3;
  private static final int ADAPTERS = 4;
  private static final long STEP_NANOS = 1_000_000;

  @Param({"1", "8", "64"})
  private int sequences;

  private StepLoop loop;
  private final List<GenerationId> asked = new ArrayList<>();
  private final Queue<Long> ended = new ArrayDeque<>();
  private long submitted;
  private long now;

  @Setup
  public void setUp() {
    int blocks = sequences * (TOKENS / 16 + 2);
    loop =
        new StepLoop(
            new NullExecutor(Infos.of("null", 1, blocks, 256, ADAPTERS, sequences)),
            ScheduleSettings.DEFAULTS,
            this);
    for (int i = 0; i < sequences; i++) {
      loop.submit(request(1 + i * TOKENS / sequences), now);
    }
  }

  // Ends are spread over the steps.
  private SequenceRequest request(int tokens) {
    long id = submitted++;
    long adapter = id % ADAPTERS;
    return new SequenceRequest(
        id,
        "principal " + id % PRINCIPALS,
        Composition.of(adapter == 0 ? GenerationId.BASE : new GenerationId("adapter " + adapter)),
        new int[] {1, 2, 3, 4, 5},
        tokens,
        SamplingParams.GREEDY,
        new int[] {-1},
        Integer.MAX_VALUE,
        SequenceRequest.NO_DEADLINE,
        -1,
        Pooling.NONE,
        false);
  }

  @Benchmark
  public StepReport step() {
    now += STEP_NANOS;
    while (!ended.isEmpty()) {
      ended.remove();
      loop.submit(request(TOKENS), now);
    }
    for (GenerationId generation : asked) {
      loop.adapterReady(generation, Tickets.ticket(generation));
    }
    asked.clear();
    return loop.step(now);
  }

  @Override
  public void tokens(long id, List<TokenOut> tokens) {}

  @Override
  public void scored(long id, List<TokenOut> tokens) {
    throw new IllegalStateException(id + " did not ask for scores");
  }

  @Override
  public void pooled(long id, float[] vector) {
    throw new IllegalStateException(id + " did not ask for hidden states");
  }

  @Override
  public void ended(long id, EndReason reason, Usage usage) {
    if (!(reason instanceof EndReason.Length)) {
      throw new IllegalStateException(id + " ended: " + reason);
    }
    ended.add(id);
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
