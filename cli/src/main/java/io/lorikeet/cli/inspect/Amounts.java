package io.lorikeet.cli.inspect;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Numbers as people read them, the same in every locale. */
final class Amounts {
  private static final List<String> BYTE_UNITS = List.of("KiB", "MiB", "GiB", "TiB");
  private static final List<String> COUNT_UNITS = List.of("K", "M", "B", "T");

  private Amounts() {}

  /** With thousands apart, such as {@code 3,672,320}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** In one word, such as {@code 7.2B}. */
  static String brief(long count) {
    return count < 1000 ? Long.toString(count) : scaled(count, 1000, COUNT_UNITS, "");
  }

  /** Bytes in the unit that suits them, such as {@code 7.0 MiB}. */
  static String bytes(long bytes) {
    return bytes < 1024 ? bytes + " bytes" : scaled(bytes, 1024, BYTE_UNITS, " ");
  }

  private static String scaled(long value, int step, List<String> units, String space) {
    double scaled = (double) value / step;
    int unit = 0;
    // What would be rounded to a whole step belongs to the next unit.
    while (scaled >= step - 0.05 && unit < units.size() - 1) {
      scaled /= step;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f%s%s", scaled, space, units.get(unit));
  }

  /** A number without a trailing zero: {@code 2}, {@code 0.5}, {@code 5.6569}. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.4f", value);
    return text.replaceFirst("0+$", "").replaceFirst("\\.$", "");
  }

  /** A share in per cent, such as {@code 1.2 %}. */
  static String share(long part, long whole) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
  }

  /** A share of 1 in per cent, such as {@code 98.4 %}. */
  static String share(double part) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * part);
  }

  /** Three digits that count, such as {@code 0.00123}. */
  static String significant(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }

  /** Ascending numbers with neighbours joined: {@code 0..3, 7}. */
  static String ranges(List<Integer> ascending) {
    List<String> ranges = new ArrayList<>();
    for (int begin = 0; begin < ascending.size(); ) {
      int end = begin;
      while (end + 1 < ascending.size() && ascending.get(end + 1) == ascending.get(end) + 1) {
        end++;
      }
      ranges.add(
          begin == end
              ? ascending.get(begin).toString()
              : ascending.get(begin) + ".." + ascending.get(end));
      begin = end + 1;
    }
    return String.join(", ", ranges);
  }
}
