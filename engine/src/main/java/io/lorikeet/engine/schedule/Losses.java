package io.lorikeet.engine.schedule;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Executors lost within the last hour. */
final class Losses {
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

  private final int perHour;
  private final Deque<Long> times = new ArrayDeque<>();

  Losses(int perHour) {
    this.perHour = perHour;
  }

  /** Counts one more; false when they are too many within an hour. */
  boolean bearable(long nowNanos) {
    while (!times.isEmpty() && nowNanos - times.element() >= HOUR_NANOS) {
      times.remove();
    }
    times.add(nowNanos);
    return times.size() <= perHour;
  }
}
