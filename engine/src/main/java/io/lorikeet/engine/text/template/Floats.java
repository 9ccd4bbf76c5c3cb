package io.lorikeet.engine.text.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Floating-point numbers as text: Python's shortest form and the formats of C. */
final class Floats {
  private static final int PRECISION_MAX = 1_100;

  private Floats() {}

  /** The shortest digits that read back as the same number; {@code 1.0}, {@code 1e+16}. */
  static String repr(double d) {
    if (!Double.isFinite(d)) {
      return special(d);
    }
    BigDecimal shortest = shortest(Math.abs(d));
    String sign = 1 / d < 0 || d < 0 ? "-" : "";
    if (shortest.signum() == 0) {
      return sign + "0.0";
    }
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return sign + digits.charAt(0) + fraction + exponent(exponent, 'e');
    }
    String plain = shortest.toPlainString();
    return sign + (plain.contains(".") ? plain : plain + ".0");
  }

  /** Java writes at least two digits, also where one is enough. */
  private static BigDecimal shortest(double d) {
    BigDecimal shortest = new BigDecimal(Double.toString(d)).stripTrailingZeros();
    if (shortest.precision() == 2) {
      BigDecimal one = new BigDecimal(d).round(new MathContext(1, RoundingMode.HALF_EVEN));
      return one.doubleValue() == d ? one : shortest;
    }
    return shortest;
  }

  private static String special(double d) {
    return Double.isNaN(d) ? "nan" : d > 0 ? "inf" : "-inf";
  }

  private static String exponent(int exponent, char letter) {
    return letter
        + (exponent < 0 ? "-" : "+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /**
   * The number without its sign.
   *
   * @param type one of e E f F g G
   * @param alternate keeps the point and, for g, the zeros at the end
   */
  static String format(double d, char type, int precision, boolean alternate) {
    if (precision > PRECISION_MAX) {
      throw Fault.of("precision must be at most %d. Given: %d".formatted(PRECISION_MAX, precision));
    }
    boolean upper = Character.isUpperCase(type);
    if (!Double.isFinite(d)) {
      String name = Double.isNaN(d) ? "nan" : "inf";
      return upper ? name.toUpperCase(java.util.Locale.ROOT) : name;
    }
    BigDecimal exact = new BigDecimal(Math.abs(d));
    return switch (type) {
      case 'f', 'F' -> fixed(exact, precision, alternate);
      case 'e', 'E' -> scientific(exact, precision, type, alternate);
      default -> general(exact, Math.max(precision, 1), upper ? 'E' : 'e', alternate);
    };
  }

  private static String fixed(BigDecimal exact, int precision, boolean alternate) {
    String text = exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
    return alternate && precision == 0 ? text + "." : text;
  }

  private static String scientific(
      BigDecimal exact, int precision, char letter, boolean alternate) {
    String digits = "0".repeat(precision + 1);
    int exponent = 0;
    if (exact.signum() != 0) {
      BigDecimal rounded = exact.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
      String shown = rounded.unscaledValue().toString();
      exponent = shown.length() - 1 - rounded.scale();
      digits = shown + "0".repeat(Math.max(0, precision + 1 - shown.length()));
    }
    String point = precision > 0 || alternate ? "." : "";
    return digits.charAt(0)
        + point
        + digits.substring(1, precision + 1)
        + exponent(exponent, letter);
  }

  private static String general(BigDecimal exact, int precision, char letter, boolean alternate) {
    int exponent = 0;
    if (exact.signum() != 0) {
      BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      exponent = rounded.precision() - 1 - rounded.scale();
    }
    if (exponent < -4 || exponent >= precision) {
      String text = scientific(exact, precision - 1, letter, alternate);
      int end = text.indexOf(letter);
      return (alternate ? text.substring(0, end) : trimZeros(text.substring(0, end)))
          + text.substring(end);
    }
    String text = fixed(exact, precision - 1 - exponent, alternate);
    return alternate ? text : trimZeros(text);
  }

  private static String trimZeros(String text) {
    if (!text.contains(".")) {
      return text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }
}
