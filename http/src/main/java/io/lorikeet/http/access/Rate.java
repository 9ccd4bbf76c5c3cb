package io.lorikeet.http.access;

/**
 * A bucket of tokens: a minute's requests at once, then as many as flow in. Guarded by its owner's
 * lock.
 */
final class Rate {
  private static final double NANOS_OF_MINUTE = 60e9;

  private final int perMinute;
  private double tokens;
  private long filledNanos;

  Rate(int perMinute, long nowNanos) {
    this.perMinute = perMinute;
    tokens = perMinute;
    filledNanos = nowNanos;
  }

  /** Takes a token; 0, or the nanoseconds until there is one again. */
  long take(long nowNanos) {
    double flown = (nowNanos - filledNanos) * (perMinute / NANOS_OF_MINUTE);
    tokens = Math.min(perMinute, tokens + flown);
    filledNanos = nowNanos;
    if (tokens >= 1) {
      tokens -= 1;
      return 0;
    }
    return (long) Math.ceil((1 - tokens) * (NANOS_OF_MINUTE / perMinute));
  }
}
