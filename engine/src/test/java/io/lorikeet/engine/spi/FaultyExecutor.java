package io.lorikeet.engine.spi;

import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.TakeResult.RowFailed;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lets steps, rows or the whole executor fail as it is told. */
public final class FaultyExecutor implements Executor {
  /** What fails. Sequences are told apart by their sampling parameters. */
  public interface Faults {
    /** Reason why the step fails as a whole. */
    default Optional<String> step(Step step, List<SamplingParams> sequences) {
      return Optional.empty();
    }

    /** Reason why the executor is lost when the step should be done. */
    default Optional<String> lost(Step step) {
      return Optional.empty();
    }

    /** Reason why an emitting row fails. */
    default Optional<String> row(Step step, int row, SamplingParams sequence) {
      return Optional.empty();
    }
  }

  private record InFlight(Step step, List<SamplingParams> sequences) {}

  private final Executor inner;
  private final Faults faults;
  private final Map<Integer, SamplingParams> seats = new HashMap<>();
  private final Deque<InFlight> inFlight = new ArrayDeque<>();
  private boolean lost;

  public FaultyExecutor(Executor inner, Faults faults) {
    this.inner = inner;
    this.faults = faults;
  }

  @Override
  public ExecutorInfo info() {
    return inner.info();
  }

  @Override
  public Transfers transfers() {
    return inner.transfers();
  }

  @Override
  public void bind(Binding binding) {
    checkUse();
    if (binding instanceof Binding.BindSeat bound) {
      seats.put(bound.seat(), bound.sampling());
    }
    inner.bind(binding);
  }

  @Override
  public void submit(Step step) {
    checkUse();
    List<SamplingParams> sequences = new ArrayList<>();
    for (int i = 0; i < step.sequences; i++) {
      sequences.add(seats.get(step.seat[i]));
    }
    inFlight.add(new InFlight(step, sequences));
    inner.submit(step);
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    checkUse();
    inner.sample(stepId, inputs);
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    checkUse();
    TakeResult result = inner.take(timeoutNanos);
    if (!(result instanceof TakeResult.Done done)) {
      return result;
    }
    InFlight oldest = inFlight.remove();
    Optional<String> death = faults.lost(oldest.step);
    if (death.isPresent()) {
      lost = true;
      return new TakeResult.Lost(death.get());
    }
    Optional<String> failure = faults.step(oldest.step, oldest.sequences);
    if (failure.isPresent()) {
      discard(timeoutNanos);
      return new TakeResult.StepFailed(oldest.step.id, failure.get());
    }
    return new TakeResult.Done(done.stepId(), outputs(oldest, done), done.elapsedNanos());
  }

  @Override
  public void close() {
    inner.close();
  }

  private List<RowOutput> outputs(InFlight flight, TakeResult.Done done) {
    List<RowOutput> outputs = new ArrayList<>();
    for (RowOutput output : done.outputs()) {
      SamplingParams sequence = flight.sequences.get(flight.step.sequence[output.row()]);
      Optional<String> failure = faults.row(flight.step, output.row(), sequence);
      outputs.add(failure.<RowOutput>map(f -> new RowFailed(output.row(), f)).orElse(output));
    }
    return outputs;
  }

  private void discard(long timeoutNanos) {
    while (!inFlight.isEmpty()) {
      if (inner.take(timeoutNanos) instanceof TakeResult.Done) {
        inFlight.remove();
      }
    }
  }

  private void checkUse() {
    StepCheck.that(!lost, "it is lost: only close may follow");
  }
}
