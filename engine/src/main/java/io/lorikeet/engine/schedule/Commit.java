package io.lorikeet.engine.schedule;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowFailed;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import java.util.ArrayList;
import java.util.List;

/** Makes the outcome of a finished step true: tokens, ends, failures. */
final class Commit {
  private static final float[] NO_LOGITS = {};

  private final Roster roster;
  private final FairShare fair;
  private final FaultIsolation isolation;
  private final Timers timers;
  private final LoopEvents events;
  private final Counts counts;
  private Device device;
  private StepBudget budget;

  Commit(
      Roster roster,
      FairShare fair,
      FaultIsolation isolation,
      Timers timers,
      LoopEvents events,
      Counts counts,
      Device device,
      StepBudget budget) {
    this.roster = roster;
    this.fair = fair;
    this.isolation = isolation;
    this.timers = timers;
    this.events = events;
    this.counts = counts;
    this.device = device;
    this.budget = budget;
  }

  void moveTo(Device fresh, StepBudget unmeasured) {
    device = fresh;
    budget = unmeasured;
  }

  StepReport.Outcome done(TakeResult.Done done, long nowNanos) {
    Flight flight = oldest(done.stepId());
    int rows = flight.step.rows;
    budget.measured(rows, done.elapsedNanos());
    int emitting = flight.drawing + flight.scoring + flight.pooling;
    if (done.outputs().size() != emitting) {
      throw new IllegalStateException(
          "step "
              + done.stepId()
              + " must give "
              + emitting
              + " outputs. Given: "
              + done.outputs().size());
    }
    device.pipeline.pop();
    isolation.passed(flight);
    deliver(flight, done.outputs(), nowNanos);
    endComputed(flight);
    device.settle();
    return new StepReport.Done(done.stepId(), rows, done.elapsedNanos());
  }

  /** Nothing is in flight any more: sequences go back to where the failed step found them. */
  StepReport.Outcome failed(TakeResult.StepFailed failed) {
    Flight flight = oldest(failed.stepId());
    rewind();
    device.pipeline.discard();
    device.settle();
    if (isolation.failed(flight)) {
      Sequence culprit = flight.sequence(0);
      if (culprit.phase != Sequence.Phase.ENDED) {
        String message = "a step with this sequence alone failed: " + failed.reason();
        roster.end(culprit, new EndReason.Failed(ErrorCode.ROW_FAILED, message));
      }
    }
    return new StepReport.StepFailed(failed.stepId(), failed.reason());
  }

  private void deliver(Flight flight, List<RowOutput> outputs, long nowNanos) {
    int i = 0;
    while (i < outputs.size()) {
      RowOutput output = outputs.get(i);
      Sequence sequence = flight.sequence(flight.step.sequence[output.row()]);
      if (sequence.phase != Sequence.Phase.ENDED) {
        switch (output) {
          case Scored _ -> i = deliverScores(flight, sequence, outputs, i);
          case Sampled sampled -> deliver(sequence, sampled, nowNanos);
          case Hidden(int row, float[] values) ->
              sequence.pool.add(flight.step.position[row], values);
          case RowFailed row ->
              roster.end(sequence, new EndReason.Failed(ErrorCode.ROW_FAILED, row.reason()));
        }
      }
      i++;
    }
  }

  /** Delivers the scores of a sequence's rows together, and returns the index of the last one. */
  private int deliverScores(Flight flight, Sequence sequence, List<RowOutput> outputs, int first) {
    List<TokenOut> tokens = new ArrayList<>();
    int i = first;
    while (i < outputs.size()
        && outputs.get(i) instanceof Scored score
        && flight.sequence(flight.step.sequence[score.row()]) == sequence) {
      tokens.add(
          new TokenOut(
              flight.step.target[score.row()],
              score.logprob(),
              score.rank(),
              score.topIds(),
              score.topLogprobs(),
              NO_LOGITS));
      sequence.scored = flight.step.position[score.row()] + 1;
      i++;
    }
    events.scored(sequence.id(), tokens);
    return i - 1;
  }

  private void deliver(Sequence sequence, Sampled sampled, long nowNanos) {
    int token = sampled.token();
    sequence.deliver(token, nowNanos);
    fair.chargeDrawn(sequence);
    counts.tokens++;
    TokenOut out =
        new TokenOut(
            token, sampled.logprob(), sampled.topIds(), sampled.topLogprobs(), sampled.logits());
    events.tokens(sequence.id(), List.of(out));
    if (sequence.stopsAt(token)) {
      roster.end(sequence, new EndReason.Stop(token));
    } else if (sequence.delivered() == sequence.request.maxNewTokens()) {
      roster.end(sequence, new EndReason.Length());
    } else {
      timers.watch(sequence);
    }
  }

  /** Ends those that generate nothing and whose prompt is computed. */
  private void endComputed(Flight flight) {
    for (int i = 0; i < flight.count(); i++) {
      Sequence sequence = flight.sequence(i);
      if (sequence.phase != Sequence.Phase.ENDED
          && !sequence.request.generates()
          && flight.end[i] == sequence.promptTokens()) {
        if (sequence.request.pooling() != Pooling.NONE) {
          events.pooled(sequence.id(), sequence.pool.vector());
        }
        roster.end(sequence, new EndReason.Length());
      }
    }
  }

  private void rewind() {
    Pipeline pipeline = device.pipeline;
    for (int i = 0; i < pipeline.inFlight(); i++) {
      Flight flight = pipeline.flight(i);
      for (int j = 0; j < flight.count(); j++) {
        Sequence sequence = flight.sequence(j);
        boolean runs = sequence.phase == Sequence.Phase.RUNNING;
        if (runs && sequence.next > flight.first[j]) {
          device.seats.reset(sequence.seat, sequence.request.sampling(), sequence.seatTokens());
        }
        sequence.rewind(flight.first[j]);
      }
    }
  }

  private Flight oldest(long stepId) {
    Flight flight = device.pipeline.flight(0);
    if (device.pipeline.inFlight() == 0 || flight.step.id != stepId) {
      throw new IllegalStateException(
          "step " + flight.step.id + " is the oldest. Given: " + stepId);
    }
    return flight;
  }
}
