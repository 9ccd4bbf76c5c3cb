package io.lorikeet.cli.bench;

import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Pending;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * An executor that runs a decode step with adapters four times while {@link StepPairs} wants it:
 * twice as it is and twice without its adapters, over the same rows, weights and KV cache. Whatever
 * the machine does for longer than a step falls on both alike. The last run's outcome counts, so
 * streams go on with tokens of the one or the other.
 *
 * <p>Other steps, and all steps while nobody wants pairs, run as they are.
 */
final class PairedExecutor implements Executor {
  private static final long WAIT_NANOS = 1_000_000_000;

  private final Executor executor;
  private final StepPairs pairs;
  private final Queue<TakeResult> taken = new ArrayDeque<>(); // oldest first
  private Step step = new Step(1, 1, 1);
  private boolean paired; // the submitted step
  private int inFlight; // steps of the executor
  private boolean adaptedFirst;

  PairedExecutor(Executor executor, StepPairs pairs) {
    this.executor = executor;
    this.pairs = pairs;
  }

  @Override
  public ExecutorInfo info() {
    return executor.info();
  }

  @Override
  public Transfers transfers() {
    return executor.transfers();
  }

  @Override
  public void bind(Binding binding) {
    executor.bind(binding);
  }

  @Override
  public void submit(Step next) {
    step = next;
    paired = pairs.wanted() && next.segments > 0 && decodes(next);
    if (!paired) {
      executor.submit(next);
      inFlight++;
    }
  }

  // Every sequence has one row, behind its prompt.
  private static boolean decodes(Step step) {
    for (int row = 0; row < step.rows; row++) {
      if (step.position[row] < step.promptLength[step.sequence[row]]) {
        return false;
      }
    }
    return step.rows == step.sequences;
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    if (!paired) {
      executor.sample(stepId, inputs);
      return;
    }
    while (inFlight > 0) {
      taken.add(takeOldest());
    }
    taken.add(pair(inputs));
  }

  // Base, adapters, adapters, base; the next time the other way round.
  private TakeResult pair(LateInputs inputs) {
    boolean[] order = {adaptedFirst, !adaptedFirst, !adaptedFirst, adaptedFirst};
    adaptedFirst = !adaptedFirst;
    int segments = step.segments;
    long base = 0;
    long adapted = 0;
    TakeResult result = new Pending();
    for (boolean withAdapters : order) {
      step.segments = withAdapters ? segments : 0;
      executor.submit(step);
      executor.sample(step.id, inputs);
      inFlight++;
      result = takeOldest();
      if (!(result instanceof Done done)) {
        break;
      }
      base += withAdapters ? 0 : done.elapsedNanos();
      adapted += withAdapters ? done.elapsedNanos() : 0;
    }
    step.segments = segments;
    if (result instanceof Done) {
      pairs.add(step.rows, base, adapted);
    }
    return result;
  }

  private TakeResult takeOldest() {
    while (true) {
      TakeResult result = take(executor, WAIT_NANOS);
      if (!(result instanceof Pending)) {
        return result;
      }
    }
  }

  private TakeResult take(Executor from, long timeoutNanos) {
    TakeResult result = from.take(timeoutNanos);
    switch (result) {
      case Done _ -> inFlight--;
      case Pending _ -> {}
      case TakeResult.StepFailed _, TakeResult.Lost _ -> inFlight = 0;
    }
    return result;
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    TakeResult early = taken.poll();
    return early != null ? early : take(executor, timeoutNanos);
  }

  @Override
  public void close() {
    executor.close();
  }
}
