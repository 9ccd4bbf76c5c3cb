package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.Locale;

/**
 * Python's format specifications: {@code [[fill]align][sign][#][0][width][,][.precision][type]}.
 */
final class FormatSpec {
  private final String spec;
  private int at;
  private String fill = " ";
  private char align;
  private char sign = '-';
  private boolean alternate;
  private int width;
  private char grouping;
  private int precision = -1;
  private char type;

  private FormatSpec(String spec) {
    this.spec = spec;
    parse();
  }

  static Value.Str format(Value value, Value.Str spec, Meter meter) {
    return spec.text().isEmpty()
        ? PythonText.text(value, meter)
        : Value.derived(format(value, spec.text(), meter), value, spec);
  }

  private static String format(Value value, String spec, Meter meter) {
    return switch (value) {
      case Value.Str(String text, boolean _, var _) -> new FormatSpec(spec).text(text, meter);
      case Value.Int(BigInteger i) -> new FormatSpec(spec).integer(i, meter);
      case Value.Bool(boolean b) ->
          new FormatSpec(spec).integer(b ? BigInteger.ONE : BigInteger.ZERO, meter);
      case Value.Real(double d) -> new FormatSpec(spec).real(d, meter);
      default -> throw Fault.of("unsupported format string passed to " + Types.name(value));
    };
  }

  private char peek(int ahead) {
    return at + ahead < spec.length() ? spec.charAt(at + ahead) : 0;
  }

  private static boolean isAlign(char c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
  }

  private void parse() {
    int first = spec.codePointAt(0);
    int firstLength = Character.charCount(first);
    if (isAlign(peek(firstLength))) {
      fill = Character.toString(first);
      align = peek(firstLength);
      at = firstLength + 1;
    } else if (isAlign(peek(0))) {
      align = spec.charAt(at++);
    }
    if (peek(0) == '+' || peek(0) == '-' || peek(0) == ' ') {
      sign = spec.charAt(at++);
    }
    if (peek(0) == '#') {
      alternate = true;
      at++;
    }
    if (peek(0) == '0') {
      at++;
      if (align == 0) {
        fill = "0";
        align = '0';
      }
    }
    width = number();
    if (peek(0) == ',' || peek(0) == '_') {
      grouping = spec.charAt(at++);
    }
    if (peek(0) == '.') {
      at++;
      if (!Character.isDigit(peek(0))) {
        throw Fault.of("Format specifier missing precision");
      }
      precision = number();
    }
    type = peek(0);
    if (at + (type == 0 ? 0 : 1) != spec.length()) {
      throw Fault.of("Invalid format specifier '" + spec + "'");
    }
    if (grouping != 0 && align == '0') {
      throw Fault.of("zeros before grouped digits are not supported");
    }
  }

  private int number() {
    long number = 0;
    while (peek(0) >= '0' && peek(0) <= '9') {
      number = number * 10 + (spec.charAt(at++) - '0');
      if (number > Integer.MAX_VALUE) {
        throw Fault.of("Too many decimal digits in format string");
      }
    }
    return (int) number;
  }

  private Fault unknownType(String of) {
    return Fault.of("Unknown format code '" + type + "' for object of type '" + of + "'");
  }

  private String text(String text, Meter meter) {
    if (type != 0 && type != 's') {
      throw unknownType("str");
    }
    if (sign != '-' || spec.startsWith("-") || alternate || grouping != 0 || align == '=') {
      throw Fault.of("the format '" + spec + "' is not allowed for strings");
    }
    String shown =
        precision >= 0 && precision < Unicode.length(text)
            ? text.substring(0, Unicode.offset(text, precision))
            : text;
    return padded("", shown, align == '0' || align == 0 ? '<' : align, meter);
  }

  private String integer(BigInteger value, Meter meter) {
    if (type != 0 && "eEfFgG%".indexOf(type) >= 0) {
      return real(Numbers.real(new Value.Int(value)), meter);
    }
    if (precision >= 0) {
      throw Fault.of("Precision not allowed in integer format specifier");
    }
    String prefix = "";
    String digits;
    BigInteger size = value.abs();
    switch (type) {
      case 0, 'd' -> digits = PythonText.integer(size);
      case 'x', 'X', 'o', 'b' -> {
        int radix = type == 'o' ? 8 : type == 'b' ? 2 : 16;
        digits = size.toString(radix);
        digits = type == 'X' ? digits.toUpperCase(Locale.ROOT) : digits;
        prefix = alternate ? "0" + type : "";
      }
      default -> throw unknownType("int");
    }
    if (grouping == ',' && type != 0 && type != 'd') {
      throw Fault.of("Cannot specify ',' with '" + type + "'.");
    }
    digits = grouped(digits, type == 0 || type == 'd' ? 3 : 4);
    return padded(signOf(value.signum() < 0) + prefix, digits, align == 0 ? '>' : align, meter);
  }

  private String real(double value, Meter meter) {
    boolean negative = value < 0 || 1 / value < 0;
    double size = Math.abs(value);
    String body =
        switch (type) {
          case 0 -> {
            if (precision >= 0 || alternate) {
              throw Fault.of("the format '" + spec + "' of a float is not supported");
            }
            yield Floats.repr(size);
          }
          case 'e', 'E', 'f', 'F', 'g', 'G' ->
              Floats.format(size, type, precision < 0 ? 6 : precision, alternate);
          case '%' ->
              Floats.format(size * 100, 'f', precision < 0 ? 6 : precision, alternate) + "%";
          default -> throw unknownType("float");
        };
    int end = 0;
    while (end < body.length() && Character.isDigit(body.charAt(end))) {
      end++;
    }
    String shown = grouped(body.substring(0, end), 3) + body.substring(end);
    return padded(signOf(negative), shown, align == 0 ? '>' : align, meter);
  }

  private String signOf(boolean negative) {
    return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
  }

  private String grouped(String digits, int size) {
    if (grouping == 0) {
      return digits;
    }
    StringBuilder out = new StringBuilder(digits);
    for (int i = digits.length() - size; i > 0; i -= size) {
      out.insert(i, grouping);
    }
    return out.toString();
  }

  private String padded(String head, String body, char where, Meter meter) {
    int missing = Math.max(0, width - head.length() - Unicode.length(body));
    TextBuilder out = new TextBuilder(meter);
    return switch (where) {
      case '<' -> out.append(head).append(body).repeat(fill, missing).toString();
      case '^' ->
          out.repeat(fill, missing / 2)
              .append(head)
              .append(body)
              .repeat(fill, missing - missing / 2)
              .toString();
      case '=', '0' -> out.append(head).repeat(fill, missing).append(body).toString();
      default -> out.repeat(fill, missing).append(head).append(body).toString();
    };
  }
}
