package io.lorikeet.cli.lorax;

import java.util.Locale;

/**
 * A flag of LoRAX's launcher.
 *
 * @param name with its dashes
 * @param loraxDefault what it is there where it is not given; empty: nothing
 */
record LoraxFlag(String name, Kind kind, String loraxDefault, Effect effect) {
  /** What follows the name. */
  enum Kind {
    /** Nothing. */
    SWITCH("true or false"),
    /** {@code true} or {@code false}. */
    BOOLEAN("true or false"),
    COUNT("a whole number >= 0"),
    NUMBER("a number >= 0"),
    WORD("a word"),
    /** A word; the flag may stand several times. */
    WORDS("a word");

    private final String wanted;

    Kind(String wanted) {
      this.wanted = wanted;
    }

    private boolean holds(String value) {
      return switch (this) {
        case SWITCH, BOOLEAN -> value.matches("(?i)true|false");
        case COUNT -> value.matches("[0-9]{1,10}");
        case NUMBER -> value.matches("[0-9]{1,10}(\\.[0-9]{0,20})?|\\.[0-9]{1,20}");
        case WORD, WORDS -> true;
      };
    }
  }

  /** The environment variable that LoRAX's launcher reads for it. */
  String variable() {
    return name.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /**
   * Holds a value to what the flag takes.
   *
   * @throws IllegalArgumentException for another kind of value, or one that is refused
   */
  void check(String value) {
    if (!kind.holds(value)) {
      throw new IllegalArgumentException(
          "`%s` must be %s. Given: %s".formatted(name, kind.wanted, value));
    }
    if (effect instanceof Effect.Chooses chooses && !chooses.values().contains(value)) {
      throw new IllegalArgumentException(
          "`%s` must be %s: %s. Given: %s"
              .formatted(name, String.join(" or ", chooses.values()), chooses.why(), value));
    }
    boolean off = kind == Kind.SWITCH && value.equalsIgnoreCase("false");
    if (effect instanceof Effect.Refused refused && !off && !refused.accepts(value)) {
      throw new IllegalArgumentException("`" + name + "` is refused: " + refused.why());
    }
  }
}
