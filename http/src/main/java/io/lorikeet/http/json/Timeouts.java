package io.lorikeet.http.json;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/** The field {@code timeout}: seconds that an answer may take. */
public final class Timeouts {
  private static final String NAME = "timeout";
  private static final double NANOS_PER_SECOND = 1e9;

  private Timeouts() {}

  /** The checked value; empty: the field is not there. */
  public static Optional<Duration> read(Fields fields, Duration most) {
    OptionalDouble seconds = fields.number(NAME);
    if (seconds.isEmpty()) {
      return Optional.empty();
    }
    double value = seconds.getAsDouble();
    double limit = most.toNanos() / NANOS_PER_SECOND;
    Fields.require(value > 0 && value <= limit, NAME, "must be > 0 and <= " + limit, value);
    return Optional.of(Duration.ofNanos(Math.max(1, Math.round(value * NANOS_PER_SECOND))));
  }
}
