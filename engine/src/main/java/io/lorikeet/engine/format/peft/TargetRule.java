package io.lorikeet.engine.format.peft;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which modules an adapter's configuration selects. Source: peft 0.21.2,
 * check_target_module_exists: exclusion first, then targets, then layers, which filter suffix
 * matches of lists only.
 */
record TargetRule(Matcher targets, Matcher excluded, Layers layers) {

  boolean selects(String key) {
    if (excluded.match(key) != Match.NONE) {
      return false;
    }
    return switch (targets.match(key)) {
      case NONE -> false;
      case WHOLE -> true;
      case SUFFIX -> layers.contain(key);
    };
  }

  /** How a module's path was matched. */
  enum Match {
    NONE,
    WHOLE,
    SUFFIX
  }

  /** A field such as target_modules. */
  sealed interface Matcher {
    Match match(String key);
  }

  /** Every linear layer but the head. */
  record All() implements Matcher {
    @Override
    public Match match(String key) {
      return Match.WHOLE;
    }
  }

  /** A regular expression for the whole path. */
  record Regex(ModulePattern pattern) implements Matcher {
    @Override
    public Match match(String key) {
      return pattern.matchesWhole(key) ? Match.WHOLE : Match.NONE;
    }
  }

  /** Paths and endings of paths. */
  record Names(Set<String> names) implements Matcher {
    Names(List<String> names) {
      this(new HashSet<>(names));
    }

    @Override
    public Match match(String key) {
      if (names.contains(key)) {
        return Match.WHOLE;
      }
      for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
        if (names.contains(key.substring(dot + 1))) {
          return Match.SUFFIX;
        }
      }
      return Match.NONE;
    }
  }

  /**
   * layers_to_transform and layers_pattern.
   *
   * @param numbers empty for every layer
   * @param patterns of the segment before the number; empty for the first numbered segment
   */
  record Layers(Set<Integer> numbers, List<ModulePattern> patterns) {
    boolean contain(String key) {
      if (numbers.isEmpty()) {
        return true;
      }
      OptionalInt number = OptionalInt.empty();
      if (patterns.isEmpty()) {
        number = firstNumber(key);
      }
      for (ModulePattern pattern : patterns) {
        number = pattern.numberAfter(key);
        if (number.isPresent()) {
          break;
        }
      }
      return number.isPresent() && numbers.contains(number.getAsInt());
    }

    // Of `.*?\.[^.]*\.(\d+)\.`: a segment of digits that has two segments before it and one after.
    private static OptionalInt firstNumber(String key) {
      String[] segments = key.split("\\.", -1);
      for (int i = 2; i < segments.length - 1; i++) {
        OptionalInt number = ModulePattern.number(segments[i]);
        if (number.isPresent()) {
          return number;
        }
      }
      return OptionalInt.empty();
    }
  }
}
