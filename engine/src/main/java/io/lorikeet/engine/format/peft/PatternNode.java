package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.OptionalInt;

/** A parsed regular expression. */
sealed interface PatternNode {
  /** Stands for no upper bound in {@link Repeat}. */
  int UNBOUNDED = -1;

  /** Longer than any path; widths above it count as it. */
  int WIDTH_MAX = 1 << 20;

  /** One character of a set. */
  record Chars(CharSet set) implements PatternNode {}

  record Sequence(List<PatternNode> parts) implements PatternNode {}

  record Choice(List<PatternNode> options) implements PatternNode {}

  /** {@code most} may be {@link #UNBOUNDED}. Greedy or lazy is all one: only a match counts. */
  record Repeat(PatternNode body, int least, int most) implements PatternNode {}

  /** A place between two characters. */
  enum Anchor implements PatternNode {
    START,
    END,
    WORD_EDGE,
    NO_WORD_EDGE
  }

  /**
   * Lookahead, or lookbehind where {@code behind} says how far back.
   *
   * @param behind characters before this place that the body must match
   */
  record Look(PatternNode body, OptionalInt behind, boolean negative) implements PatternNode {}

  /** Number of characters of every match, where that is one number. */
  default OptionalInt width() {
    return switch (this) {
      case Chars c -> OptionalInt.of(1);
      case Anchor a -> OptionalInt.of(0);
      case Look l -> OptionalInt.of(0);
      case Sequence s -> {
        int sum = 0;
        for (PatternNode part : s.parts) {
          OptionalInt width = part.width();
          if (width.isEmpty()) {
            yield width;
          }
          sum = Math.min(sum + width.getAsInt(), WIDTH_MAX);
        }
        yield OptionalInt.of(sum);
      }
      case Choice c -> {
        OptionalInt first = c.options.getFirst().width();
        boolean same = c.options.stream().allMatch(option -> option.width().equals(first));
        yield same ? first : OptionalInt.empty();
      }
      case Repeat r -> {
        OptionalInt body = r.body.width();
        boolean fixed = r.least == r.most || body.equals(OptionalInt.of(0));
        yield body.isPresent() && fixed
            ? OptionalInt.of((int) Math.min((long) body.getAsInt() * r.least, WIDTH_MAX))
            : OptionalInt.empty();
      }
    };
  }
}
