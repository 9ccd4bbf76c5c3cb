package io.lorikeet.gpu;

import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Pending;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.PinnedBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A step between submit and take. Allocated once and refilled. */
final class Flight {
  static final Pending PENDING = new Pending();

  final Event done; // everything that it queued
  final PinnedBuffer drawn; // [rows that draw]
  Step step = new Step(1, 1, 1);
  TakeResult failure = PENDING;
  boolean sampled;
  boolean copiesRows; // logits or hidden states go to the host
  long beginNanos;
  long nanos;
  @Nullable List<RowOutput> outputs; // once the host knows them

  /**
   * @param drawn host memory for the tokens
   */
  Flight(Event done, PinnedBuffer drawn) {
    this.done = done;
    this.drawn = drawn;
  }

  void begin(Step of, long nowNanos) {
    step = of;
    failure = PENDING;
    sampled = false;
    copiesRows = false;
    beginNanos = nowNanos;
    outputs = null;
  }

  boolean failed() {
    return !(failure instanceof Pending);
  }
}
