package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Stamp;
import java.util.Optional;

/**
 * What the last load of a name showed.
 *
 * @param stamp of the files that were loaded; empty where it came to none
 * @param lastFailure why it failed; empty: it did not
 * @param retryNanos when the same files are tried again
 */
record KnownAdapter(Optional<Stamp> stamp, Optional<Failure> lastFailure, long retryNanos) {
  static final KnownAdapter UNKNOWN = new KnownAdapter(Optional.empty(), Optional.empty(), 0);

  static KnownAdapter loaded(Stamp stamp) {
    return new KnownAdapter(Optional.of(stamp), Optional.empty(), 0);
  }

  static KnownAdapter failed(Optional<Stamp> stamp, Failure failure, long retryNanos) {
    return new KnownAdapter(stamp, Optional.of(failure), retryNanos);
  }

  /** Whether these files are the loaded ones. */
  boolean isCurrent(Stamp given) {
    return lastFailure.isEmpty() && stamp.equals(Optional.of(given));
  }

  /** The failure that still stands for these files. */
  Optional<Failure> failure(Stamp given, long now) {
    boolean stands = stamp.equals(Optional.of(given)) && now - retryNanos < 0;
    return stands ? lastFailure : Optional.empty();
  }
}
