package io.lorikeet.http.exchange;

import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Time and randomness of the server.
 *
 * @param clock wall clock, for {@code created}
 * @param nanos clock without jumps, for durations
 * @param ids names for requests and answers, each one new
 * @param seeds seeds for requests that bring none
 */
public record Ambient(
    InstantSource clock, LongSupplier nanos, Supplier<String> ids, LongSupplier seeds) {
  /** The machine's own. */
  public static Ambient system() {
    return new Ambient(
        InstantSource.system(),
        System::nanoTime,
        () -> UUID.randomUUID().toString().replace("-", ""),
        () -> ThreadLocalRandom.current().nextLong());
  }

  public long epochSeconds() {
    return clock.instant().getEpochSecond();
  }
}
