package io.lorikeet.actors;

import io.lorikeet.engine.schedule.LoopState;
import java.time.Duration;

/**
 * The pulse of the step loop, written by the batching actor and read by anybody: so that a loop
 * that hangs can be seen without asking it.
 */
final class Health {
  private static final LoopState NOTHING =
      new LoopState(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true);

  /**
   * @param sinceNanos when the last step ended, or work came to an idle loop
   * @param busy whether a step should follow
   * @param broken why nothing runs; empty: it does
   */
  private record Pulse(LoopState loop, long sinceNanos, boolean busy, String broken) {}

  private volatile Pulse pulse = new Pulse(NOTHING, 0, false, "the executor is not open yet");

  /** A step ended. */
  synchronized void step(LoopState loop, boolean busy, long now) {
    pulse = new Pulse(loop, now, busy, "");
  }

  /** Work came. */
  synchronized void busy(long now) {
    if (!pulse.busy) {
      pulse = new Pulse(pulse.loop, now, true, pulse.broken);
    }
  }

  /** Nothing runs until the next {@link #step}. */
  synchronized void broken(String reason) {
    pulse = new Pulse(pulse.loop, 0, false, reason);
  }

  /**
   * Whether the engine can serve.
   *
   * @param readyWithin while there is work, a step must have ended within this time
   */
  Engine.EngineStatus status(Duration readyWithin, long now) {
    Pulse last = pulse;
    if (!last.broken.isEmpty()) {
      return new Engine.EngineStatus(false, last.broken, last.loop);
    }
    long silent = now - last.sinceNanos;
    if (last.busy && silent > readyWithin.toNanos()) {
      String reason = "no step ended for " + Duration.ofNanos(silent).toSeconds() + " s";
      return new Engine.EngineStatus(false, reason, last.loop);
    }
    return new Engine.EngineStatus(true, "", last.loop);
  }
}
