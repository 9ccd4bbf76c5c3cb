package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;

/** The steps that all patterns of one adapter may take together. For one thread. */
final class PatternBudget {
  private static final int STATES_MAX = 500_000;

  private final int charsMax;
  private final long stepsMax;
  private long steps;
  private int states;

  PatternBudget(int charsMax, long stepsMax) {
    this.charsMax = charsMax;
    this.stepsMax = stepsMax;
  }

  void checkLength(String field, String pattern) {
    if (pattern.length() > charsMax) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PATTERN_TOO_SLOW,
          "adapter_config.json: a pattern of `%s` must have at most %d characters. Given: %d"
              .formatted(field, charsMax, pattern.length()));
    }
  }

  /** Counts a state of a compiled pattern. */
  void addState(String field) {
    if (++states > STATES_MAX) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PATTERN_TOO_SLOW,
          "adapter_config.json: the patterns must have at most %d states; `%s` has more"
              .formatted(STATES_MAX, field));
    }
  }

  void spend(String field, long count) {
    steps += count;
    if (steps > stepsMax) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PATTERN_TOO_SLOW,
          "adapter_config.json: the patterns must match within %d steps; `%s` takes more"
              .formatted(stepsMax, field));
    }
  }
}
