package io.lorikeet.config;

import java.time.Duration;

/** Bounds of settings; messages name the key, the bound and the given value. */
final class Checks {
  private Checks() {}

  static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException("`" + key + "` must be >= " + least + ". Given: " + value);
    }
  }

  static void atMost(String key, long value, long most) {
    if (value > most) {
      throw new IllegalArgumentException("`" + key + "` must be <= " + most + ". Given: " + value);
    }
  }

  static void positive(String key, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("`" + key + "` must be > 0. Given: " + value);
    }
  }
}
