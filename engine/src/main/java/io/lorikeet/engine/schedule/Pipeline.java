package io.lorikeet.engine.schedule;

import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.TakeResult;
import java.util.List;

/** Steps in flight, oldest first: at most as many as the executor is deep. */
final class Pipeline {
  private final Executor executor;
  private final StepWriter writer;
  private final Flight[] flights; // ring of depth + 1
  private final int depth;
  private int head;
  private int inFlight;
  private long submitted;

  /**
   * @param adaptersMax adapters of one sequence
   * @param submitted the last step id that was ever used
   */
  Pipeline(Executor executor, SlotTable slots, int adaptersMax, long submitted) {
    ExecutorInfo info = executor.info();
    this.executor = executor;
    this.submitted = submitted;
    writer = new StepWriter(info.blockTokens(), slots);
    depth = info.depth();
    flights = new Flight[depth + 1];
    int joinsMax = Math.min(adaptersMax, info.slots());
    for (int i = 0; i < flights.length; i++) {
      flights[i] = new Flight(info.rowsMax(), info.kvBlocks(), joinsMax);
    }
  }

  boolean hasRoom() {
    return inFlight < depth;
  }

  int inFlight() {
    return inFlight;
  }

  /** The last submitted step. */
  long submitted() {
    return submitted;
  }

  /** The last step of which, and of all before it, nothing is in flight. */
  long taken() {
    return submitted - inFlight;
  }

  /** The i-th oldest step in flight. */
  Flight flight(int i) {
    return flights[(head + i) % flights.length];
  }

  /** Submits what was planned and lets it draw. */
  Flight submit(List<Sequence> picked) {
    Flight flight = flight(inFlight);
    flight.clear(submitted + 1);
    writer.write(flight, picked);
    executor.submit(flight.step);
    executor.sample(flight.step.id, LateInputs.NONE);
    submitted++;
    inFlight++;
    for (int i = 0; i < picked.size(); i++) {
      Sequence sequence = picked.get(i);
      sequence.submitted(sequence.planned, submitted);
      sequence.planned = 0;
    }
    return flight;
  }

  TakeResult take(long timeoutNanos) {
    return executor.take(timeoutNanos);
  }

  /** The oldest step is finished. */
  void pop() {
    head = (head + 1) % flights.length;
    inFlight--;
  }

  /** Nothing is in flight any more. */
  void discard() {
    head = (head + inFlight) % flights.length;
    inFlight = 0;
  }
}
