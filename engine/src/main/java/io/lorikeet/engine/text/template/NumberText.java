package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.Optional;

/** Numbers read from texts, as Python's {@code int} and {@code float} read them. */
final class NumberText {
  private NumberText() {}

  /**
   * Empty if the text is not an integer in this base.
   *
   * @param base 2 to 36, or 0 to go by the prefix
   */
  static Optional<BigInteger> integer(String given, int base) {
    if (base != 0 && (base < 2 || base > 36)) {
      return Optional.empty();
    }
    String text = ascii(Unicode.strip(given));
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    int prefixed = prefix(digits);
    int radix = base == 0 ? (prefixed == 0 ? 10 : prefixed) : base;
    if (prefixed == radix) {
      digits = digits.substring(2);
      digits = digits.startsWith("_") ? digits.substring(1) : digits;
    }
    String plain = plainDigits(digits);
    boolean valid =
        !plain.isEmpty() && plain.chars().allMatch(c -> c < 128 && Character.digit(c, radix) >= 0);
    boolean octalLike = base == 0 && prefixed == 0 && plain.length() > 1 && plain.startsWith("0");
    if (!valid || (octalLike && !plain.chars().allMatch(c -> c == '0'))) {
      return Optional.empty();
    }
    if (plain.length() > Numbers.DIGITS_MAX) {
      // Python refuses so many digits for most bases; for the others they are too much here.
      if (Integer.bitCount(radix) == 1) {
        throw Fault.of("an integer must have at most " + Numbers.DIGITS_MAX + " digits");
      }
      return Optional.empty();
    }
    BigInteger size = new BigInteger(plain, radix);
    return Optional.of(negative ? size.negate() : size);
  }

  private static int prefix(String digits) {
    if (digits.length() < 3 || digits.charAt(0) != '0') {
      return 0;
    }
    return switch (digits.charAt(1)) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 0;
    };
  }

  /** Without single underscores between digits; empty if they stand elsewhere. */
  private static String plainDigits(String digits) {
    boolean misplaced = digits.startsWith("_") || digits.endsWith("_") || digits.contains("__");
    return misplaced ? "" : digits.replace("_", "");
  }

  /** Decimal digits of all scripts as ASCII. */
  private static String ascii(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          boolean digit = c >= 128 && Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
          out.appendCodePoint(digit ? '0' + Character.digit(c, 10) : c);
        });
    return out.toString();
  }

  static Optional<Double> real(String given) {
    String text = ascii(Unicode.strip(given));
    String size = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    double sign = text.startsWith("-") ? -1 : 1;
    switch (StringCases.lower(size)) {
      case "inf", "infinity" -> {
        return Optional.of(sign * Double.POSITIVE_INFINITY);
      }
      case "nan" -> {
        return Optional.of(Double.NaN);
      }
      default -> {}
    }
    return isDecimal(size)
        ? Optional.of(sign * Double.parseDouble(size.replace("_", "")))
        : Optional.empty();
  }

  /** {@code 1}, {@code 1.}, {@code .5}, {@code 1e-3}; underscores between digits. */
  private static boolean isDecimal(String text) {
    int whole = digits(text, 0);
    int end = whole;
    boolean any = whole > 0;
    if (end < text.length() && text.charAt(end) == '.') {
      int fraction = digits(text, end + 1);
      any |= fraction > end + 1;
      end = fraction;
    }
    if (!any) {
      return false;
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      int from = end + 1;
      if (from < text.length() && (text.charAt(from) == '+' || text.charAt(from) == '-')) {
        from++;
      }
      end = digits(text, from);
      if (end == from) {
        return false;
      }
    }
    return end == text.length();
  }

  private static int digits(String text, int from) {
    int i = from;
    while (i < text.length()) {
      char c = text.charAt(i);
      boolean underscore =
          c == '_'
              && i > from
              && text.charAt(i - 1) != '_'
              && i + 1 < text.length()
              && text.charAt(i + 1) >= '0'
              && text.charAt(i + 1) <= '9';
      if (!underscore && (c < '0' || c > '9')) {
        break;
      }
      i++;
    }
    return i;
  }
}
