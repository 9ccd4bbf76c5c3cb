package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.LorikeetException;
import java.util.function.Function;

/**
 * What follows a backslash, inside and outside of a set of characters.
 *
 * @param code the character, or -1 for a class such as {@code \d}
 * @param set of the class; empty for a character
 * @param end where it ends in the pattern
 */
record PatternEscape(int code, CharSet set, int end) {
  static PatternEscape of(int code, int end) {
    return new PatternEscape(code, CharSet.NONE, end);
  }

  /**
   * Reads an escape.
   *
   * @param at behind the backslash
   */
  static PatternEscape read(
      int[] text,
      int at,
      Function<String, LorikeetException> invalid,
      Function<String, LorikeetException> unsupported) {
    if (at >= text.length) {
      throw invalid.apply("a backslash ends it");
    }
    int next = at + 1;
    return switch (text[at]) {
      case 'd' -> new PatternEscape(-1, CharSet.DIGITS, next);
      case 'D' -> new PatternEscape(-1, CharSet.DIGITS.not(), next);
      case 'w' -> new PatternEscape(-1, CharSet.WORD, next);
      case 'W' -> new PatternEscape(-1, CharSet.WORD.not(), next);
      case 's' -> new PatternEscape(-1, CharSet.SPACE, next);
      case 'S' -> new PatternEscape(-1, CharSet.SPACE.not(), next);
      case 'a' -> of(7, next);
      case 'f' -> of('\f', next);
      case 'n' -> of('\n', next);
      case 'r' -> of('\r', next);
      case 't' -> of('\t', next);
      case 'v' -> of(11, next);
      case 'x' -> hex(text, next, 2, invalid);
      case 'u' -> hex(text, next, 4, invalid);
      case 'U' -> hex(text, next, 8, invalid);
      case 'N' -> throw unsupported.apply("a character by its Unicode name");
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(text, at, invalid);
      default -> {
        if (text[at] < 128 && CharSet.WORD.has((char) text[at]) && text[at] != '_') {
          throw invalid.apply("an escape is not known");
        }
        yield of(text[at], next);
      }
    };
  }

  private static PatternEscape hex(
      int[] text, int begin, int digits, Function<String, LorikeetException> invalid) {
    long code = 0;
    for (int i = begin; i < begin + digits; i++) {
      int digit = i < text.length ? Character.digit(text[i], 16) : -1;
      if (digit < 0 || text[i] > 127) {
        throw invalid.apply("an escape is not complete");
      }
      code = code * 16 + digit;
    }
    if (code > Character.MAX_CODE_POINT) {
      throw invalid.apply("an escape is not a character");
    }
    return of((int) code, begin + digits);
  }

  private static PatternEscape octal(
      int[] text, int begin, Function<String, LorikeetException> invalid) {
    int code = 0;
    int at = begin;
    while (at < Math.min(begin + 3, text.length) && text[at] >= '0' && text[at] <= '7') {
      code = code * 8 + (text[at++] - '0');
    }
    if (code > 255) {
      throw invalid.apply("an octal escape is above 0o377");
    }
    return of(code, at);
  }
}
