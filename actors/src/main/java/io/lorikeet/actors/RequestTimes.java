package io.lorikeet.actors;

import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.actors.metrics.EngineMetrics.Finished;
import java.util.Arrays;

/** What one request tells the metrics. Times are nanoseconds on the clock of the engine. */
final class RequestTimes {
  private static final long NEVER = Long.MIN_VALUE;

  private final EngineMetrics metrics;
  private final long arrived;
  private final long[] last;
  private boolean first = true;

  RequestTimes(EngineMetrics metrics, long arrivedNanos, int choices) {
    this.metrics = metrics;
    this.arrived = arrivedNanos;
    this.last = new long[choices];
    Arrays.fill(last, NEVER);
  }

  void tokens(int choice, long now) {
    if (first) {
      first = false;
      metrics.firstToken(now - arrived);
    }
    if (last[choice] != NEVER) {
      metrics.betweenTokens(now - last[choice]);
    }
    last[choice] = now;
  }

  void ended(FinishReason reason) {
    metrics.finished(
        switch (reason) {
          case STOP_TOKEN, STOP_STRING -> Finished.STOP;
          case LENGTH -> Finished.LENGTH;
        });
  }

  /** The terminal event is decided. */
  void settled(EventQueue events, long now) {
    if (events.failure().isPresent()) {
      metrics.finished(Finished.ERROR);
    }
    count(events, now);
  }

  /** The reader is gone. */
  void abandoned(EventQueue events, long now) {
    metrics.finished(Finished.ABORT);
    count(events, now);
  }

  private void count(EventQueue events, long now) {
    metrics.request(now - arrived, events.promptTokens(), events.completionTokens());
  }
}
