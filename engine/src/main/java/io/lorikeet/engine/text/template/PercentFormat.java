package io.lorikeet.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** The {@code %} operator of strings: formats like C's printf. */
final class PercentFormat {
  private final String format;
  private final boolean safe;
  private final Value argument;
  private final List<Value> arguments;
  private final Render render;
  private final TextBuilder out;
  private int at;
  private int used;

  private PercentFormat(Value.Str format, Value argument, Render render) {
    this.format = format.text();
    this.safe = format.safe();
    this.argument = argument;
    this.arguments =
        argument instanceof Value.Tuple(List<Value> items, var _) ? items : List.of(argument);
    this.render = render;
    this.out = new TextBuilder(render.meter());
  }

  static Value format(Value.Str format, Value argument, Render render) {
    PercentFormat run = new PercentFormat(format, argument, render);
    run.all();
    Value.Str whole =
        format.origin().isTemplate() ? run.out.str() : Value.given(run.out.toString());
    return whole.marked(run.safe);
  }

  private void all() {
    while (at < format.length()) {
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        out.append(format.substring(at));
        break;
      }
      out.append(format.substring(at, percent));
      at = percent + 1;
      conversion();
    }
    boolean mayBeLeft = !(argument instanceof Value.Tuple) && isContainer(argument);
    if (used < arguments.size() && !mayBeLeft) {
      throw Fault.of("not all arguments converted during string formatting");
    }
  }

  private static boolean isContainer(Value value) {
    return Types.isSequence(value) && !(value instanceof Value.Str);
  }

  private char next() {
    if (at == format.length()) {
      throw Fault.of("incomplete format");
    }
    return format.charAt(at++);
  }

  private Value nextArgument() {
    if (used == arguments.size()) {
      throw Fault.of("not enough arguments for format string");
    }
    return arguments.get(used++);
  }

  private void conversion() {
    char c = next();
    boolean keyed = c == '(';
    String key = keyed ? key() : "";
    c = keyed ? next() : c;
    StringBuilder flags = new StringBuilder();
    while ("-+ #0".indexOf(c) >= 0) {
      flags.append(c);
      c = next();
    }
    int width = 0;
    if (c == '*') {
      width = Numbers.index(nextArgument());
      flags.append(width < 0 ? "-" : "");
      width = Math.abs(width);
      c = next();
    } else {
      at--;
      width = number();
      c = next();
    }
    int precision = -1;
    if (c == '.') {
      c = next();
      if (c == '*') {
        precision = Math.max(0, Numbers.index(nextArgument()));
      } else {
        at--;
        precision = number();
      }
      c = next();
    }
    while (c == 'h' || c == 'l' || c == 'L') {
      c = next();
    }
    if (c == '%') {
      out.append('%');
      return;
    }
    Value value = keyed ? keyed(key) : nextArgument();
    write(c, value, flags.toString(), width, precision);
  }

  private String key() {
    int depth = 1;
    int from = at;
    while (depth > 0) {
      char c = next();
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return format.substring(from, at - 1);
  }

  private Value keyed(String key) {
    if (!(argument instanceof Value.Mapping(Dict dict))) {
      throw Fault.of("format requires a mapping");
    }
    used = arguments.size();
    return dict.get(key).orElseThrow(() -> Fault.of("the format's key '" + key + "' is missing"));
  }

  private int number() {
    long number = 0;
    while (at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
      number = number * 10 + (format.charAt(at++) - '0');
      if (number > Integer.MAX_VALUE) {
        throw Fault.of("a width or precision of a format is too big");
      }
    }
    return (int) number;
  }

  private void write(char type, Value value, String flags, int width, int precision) {
    boolean numeric = true;
    String sign = "";
    Value.Str body;
    switch (type) {
      case 's', 'r', 'a' -> {
        numeric = false;
        body = text(type, value, precision);
      }
      case 'c' -> {
        numeric = false;
        body = character(value);
      }
      case 'd', 'i', 'u', 'x', 'X', 'o' -> {
        BigInteger i = integer(type, value);
        sign = i.signum() < 0 ? "-" : "";
        body = Value.literal(digits(type, i.abs(), flags.contains("#"), precision));
      }
      case 'e', 'E', 'f', 'F', 'g', 'G' -> {
        if (value instanceof Value.Undefined(String message)) {
          throw Fault.of(message);
        }
        double d = Numbers.real(value);
        sign = d < 0 || 1 / d < 0 ? "-" : "";
        body =
            Value.literal(
                Floats.format(d, type, precision < 0 ? 6 : precision, flags.contains("#")));
      }
      default -> throw Fault.of("unsupported format character '" + type + "'");
    }
    if (numeric && sign.isEmpty()) {
      sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }
    pad(sign, body, flags, width, numeric);
  }

  private void pad(String sign, Value.Str body, String flags, int width, boolean numeric) {
    int length = body.text().length();
    int missing = width - sign.length() - Unicode.length(body.text());
    boolean left = flags.contains("-");
    boolean zeros = numeric && flags.contains("0") && !left;
    boolean prefixed = zeros && length > 1 && "xXo".indexOf(body.text().charAt(1)) >= 0;
    out.repeat(" ", left || zeros ? 0 : missing).append(sign);
    out.append(body.part(0, prefixed ? 2 : 0)).repeat("0", zeros ? missing : 0);
    out.append(body.part(prefixed ? 2 : 0, length)).repeat(" ", left ? missing : 0);
  }

  private Value.Str text(char type, Value value, int precision) {
    Meter meter = render.meter();
    Value.Str text =
        type == 's'
            ? PythonText.text(value, meter)
            : Value.derived(PythonText.repr(value, meter), value);
    if (type == 'a') {
      throw Fault.of("the format %a is not supported");
    }
    if (safe && !(value instanceof Value.Str str && str.safe())) {
      text = Value.derived(Markup.escape(text.text(), meter), text);
    }
    if (precision < 0 || precision >= Unicode.length(text.text())) {
      return text;
    }
    return text.part(0, Unicode.offset(text.text(), precision));
  }

  private static Value.Str character(Value value) {
    if (value instanceof Value.Str str && Unicode.length(str.text()) == 1) {
      return str;
    }
    if (value instanceof Value.Str) {
      throw Fault.of("%c requires int or char");
    }
    int c = Numbers.index(value);
    if (!Character.isValidCodePoint(c)) {
      throw Fault.of("%c arg not in range(0x110000)");
    }
    // Numbers have no origin, and these could spell anything.
    return Value.given(Character.toString(c));
  }

  private static BigInteger integer(char type, Value value) {
    if (value instanceof Value.Real(double d) && "diu".indexOf(type) >= 0) {
      if (!Double.isFinite(d)) {
        throw Fault.of("cannot convert float " + Floats.repr(d) + " to integer");
      }
      return new BigDecimal(d).toBigInteger();
    }
    return Numbers.integer(value)
        .orElseThrow(() ->
            Fault.of(
                "%%%c format: a number is required, not %s".formatted(type, Types.name(value))));
  }

  private static String digits(char type, BigInteger value, boolean alternate, int precision) {
    String digits =
        switch (type) {
          case 'x' -> value.toString(16);
          case 'X' -> StringCases.upper(value.toString(16));
          case 'o' -> value.toString(8);
          default -> PythonText.integer(value);
        };
    if (precision > Numbers.DIGITS_MAX) {
      throw Fault.of("a precision must be at most " + Numbers.DIGITS_MAX);
    }
    String zeros = "0".repeat(Math.max(0, precision - digits.length()));
    boolean prefixed = alternate && "xXo".indexOf(type) >= 0;
    return (prefixed ? "0" + type : "") + zeros + digits;
  }
}
