package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.BitSet;
import java.util.OptionalInt;

/**
 * A regular expression of an adapter's configuration, with the meaning that Python gives it on
 * module paths. It comes from anybody, so it runs on a budget and never on the call stack.
 */
final class ModulePattern {
  private final String field;
  private final String pattern;
  private final PatternProgram program;

  private ModulePattern(String field, String pattern, PatternProgram program) {
    this.field = field;
    this.pattern = pattern;
    this.program = program;
  }

  /**
   * Compiles a pattern.
   *
   * @param field where it stands, for messages
   * @throws LorikeetException ADAPTER_CONFIG_INVALID, ADAPTER_FIELD_UNSUPPORTED,
   *     ADAPTER_PATTERN_TOO_SLOW
   */
  static ModulePattern compile(String field, String pattern, PatternBudget budget) {
    budget.checkLength(field, pattern);
    PatternNode node = new PatternParser(field, pattern).parse();
    return new ModulePattern(field, pattern, new PatternProgram(field, node, budget));
  }

  /** As Python's {@code re.fullmatch}. */
  boolean matchesWhole(String path) {
    return program.ends(path, 0).get(path.length());
  }

  /** As Python's {@code re.match}. */
  boolean matchesStart(String path) {
    return !program.ends(path, 0).isEmpty();
  }

  /**
   * The number of the first segment behind this pattern, which must begin with a segment, as
   * Python's {@code re.match(r"(?:^|.*?\.)pattern\.(\d+)\.", path)}.
   *
   * @throws LorikeetException ADAPTER_CONFIG_INVALID where the pattern fits several numbers
   */
  OptionalInt numberAfter(String path) {
    for (int begin = 0; begin >= 0; begin = nextSegment(path, begin)) {
      BitSet ends = program.ends(path, begin);
      OptionalInt found = OptionalInt.empty();
      for (int end = ends.nextSetBit(0); end >= 0; end = ends.nextSetBit(end + 1)) {
        OptionalInt number = segmentNumber(path, end);
        if (number.isPresent() && found.isPresent() && !number.equals(found)) {
          throw new LorikeetException(
              ErrorCode.ADAPTER_CONFIG_INVALID,
              "adapter_config.json: `%s` must fit one layer number of `%s`".formatted(field, path));
        }
        found = number.isPresent() ? number : found;
      }
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalInt.empty();
  }

  /** The value of a segment of digits. */
  static OptionalInt number(String segment) {
    boolean digits =
        !segment.isEmpty() && segment.length() < 10 && segment.chars().allMatch(Character::isDigit);
    return digits ? OptionalInt.of(Integer.parseInt(segment)) : OptionalInt.empty();
  }

  private static int nextSegment(String path, int begin) {
    int dot = path.indexOf('.', begin);
    return dot < 0 ? -1 : dot + 1;
  }

  /** The number between the dot at {@code at} and the next one. */
  private static OptionalInt segmentNumber(String path, int at) {
    if (at >= path.length() || path.charAt(at) != '.') {
      return OptionalInt.empty();
    }
    int end = path.indexOf('.', at + 1);
    return end < 0 ? OptionalInt.empty() : number(path.substring(at + 1, end));
  }

  /** The pattern as it was given. */
  @Override
  public String toString() {
    return pattern;
  }
}
