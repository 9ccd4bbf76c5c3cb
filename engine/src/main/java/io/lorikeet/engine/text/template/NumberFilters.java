package io.lorikeet.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Filters that make or change numbers. */
final class NumberFilters {
  private static final List<String> PREFIXES = List.of("k", "M", "G", "T", "P", "E", "Z", "Y");

  static final Map<String, Operation> ALL =
      Map.of(
          "int", (a, r) -> integer(a),
          "float", (a, r) -> real(a),
          "abs", (a, r) -> Numbers.absolute(number(a.bind(1, "x").value(0))),
          "round", (a, r) -> round(a),
          "filesizeformat", (a, r) -> fileSize(a));

  private NumberFilters() {}

  private static Value number(Value value) {
    if (!Types.isNumber(value)) {
      throw Fault.of("a number is needed, not '" + Types.name(value) + "'");
    }
    return value;
  }

  private static Value integer(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(1, "value", "default", "base");
    Value value = bound.value(0);
    Value otherwise = bound.at(1).orElse(Value.of(0));
    return switch (value) {
      case Value.Undefined(String message) -> throw Fault.of(message);
      case Value.Int _ -> value;
      case Value.Bool(boolean b) -> Value.of(b ? 1 : 0);
      case Value.Real(double d) -> Double.isFinite(d) ? Numbers.truncate(d) : otherwise;
      case Value.Str(String text, boolean _, var _) ->
          NumberText.integer(text, bound.integer(2, 10))
              .<Value>map(Value.Int::new)
              .or(() -> NumberText.real(text).filter(Double::isFinite).map(Numbers::truncate))
              .orElse(otherwise);
      default -> otherwise;
    };
  }

  private static Value real(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(1, "value", "default");
    Value otherwise = bound.at(1).orElse(Value.of(0.0));
    return switch (bound.value(0)) {
      case Value.Undefined(String message) -> throw Fault.of(message);
      case Value.Real real -> real;
      case Value.Int _, Value.Bool _ -> Value.of(Numbers.real(bound.value(0)));
      case Value.Str(String text, boolean _, var _) ->
          NumberText.real(text).<Value>map(Value::of).orElse(otherwise);
      default -> otherwise;
    };
  }

  private static Value round(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(1, "value", "precision", "method");
    Value value = number(bound.value(0));
    int precision = bound.integer(1, 0);
    String method = bound.at(2).isPresent() ? bound.text(2) : "common";
    if (method.equals("common")) {
      return Numbers.round(value, precision);
    }
    RoundingMode mode =
        switch (method) {
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw Fault.of("method must be common, ceil or floor");
        };
    Value factor = Numbers.power(Value.of(10), Value.of(precision));
    Value scaled = Numbers.multiply(value, factor);
    Optional<BigInteger> whole = Numbers.integer(scaled);
    double d = whole.isPresent() ? 0 : Numbers.real(scaled);
    if (!Double.isFinite(d)) {
      throw Fault.of("cannot convert float " + Floats.repr(d) + " to integer");
    }
    BigInteger rounded = whole.orElseGet(() -> new BigDecimal(d).setScale(0, mode).toBigInteger());
    return Numbers.divide(new Value.Int(rounded), factor);
  }

  private static Value fileSize(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(1, "value", "binary");
    boolean binary = bound.flag(1, false);
    Value value = bound.value(0);
    double bytes =
        value instanceof Value.Str(String text, boolean _, var _)
            ? NumberText.real(text).orElseThrow(() -> Fault.of("not a number: '" + text + "'"))
            : Numbers.real(number(value));
    int base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return Value.literal("1 Byte");
    }
    if (bytes < base) {
      return Value.literal(
          PythonText.integer(((Value.Int) Numbers.truncate(bytes)).value()) + " Bytes");
    }
    double unit = base;
    String prefix = "";
    for (String next : PREFIXES) {
      prefix = next;
      unit *= base;
      if (bytes < unit) {
        break;
      }
    }
    String name = binary ? StringCases.upper(prefix) + "iB" : prefix + "B";
    return Value.literal(Floats.format(base * bytes / unit, 'f', 1, false) + " " + name);
  }
}
