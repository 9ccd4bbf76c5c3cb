package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The {@code tojson} filter: the text of Python's {@code json.dumps}. */
final class JsonText {
  private final Meter meter;
  private final TextBuilder out;
  private final boolean ascii;
  private final Optional<String> indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sorted;

  private JsonText(
      Meter meter,
      boolean ascii,
      Optional<String> indent,
      String itemSeparator,
      String keySeparator,
      boolean sorted) {
    this.meter = meter;
    this.out = new TextBuilder(meter);
    this.ascii = ascii;
    this.indent = indent;
    this.itemSeparator = itemSeparator;
    this.keySeparator = keySeparator;
    this.sorted = sorted;
  }

  static Value filter(Arguments arguments, Render render) {
    Arguments.Bound bound =
        arguments.bind(1, "x", "ensure_ascii", "indent", "separators", "sort_keys");
    Optional<String> indent = bound.at(2).flatMap(JsonText::indent);
    String item = indent.isPresent() ? "," : ", ";
    String key = ": ";
    Optional<Value> separators = bound.at(3).filter(v -> !(v instanceof Value.None));
    if (separators.isPresent()) {
      List<Value> pair = Sequences.list(separators.get(), render.meter());
      if (pair.size() != 2
          || !(pair.get(0) instanceof Value.Str(String first, boolean _, var _))
          || !(pair.get(1) instanceof Value.Str(String second, boolean _, var _))) {
        throw Fault.of("`separators` must be two strings");
      }
      item = first;
      key = second;
    }
    JsonText json =
        new JsonText(render.meter(), bound.flag(1, false), indent, item, key, bound.flag(4, false));
    json.write(bound.value(0), 0);
    return Value.derived(
        json.out.toString(),
        bound.value(0),
        bound.at(2).orElse(Value.NONE),
        bound.at(3).orElse(Value.NONE));
  }

  private static Optional<String> indent(Value value) {
    return switch (value) {
      case Value.None _ -> Optional.empty();
      case Value.Str(String text, boolean _, var _) -> Optional.of(text);
      default -> {
        int width = Numbers.index(value);
        if (width > 64) {
          throw Fault.of("`indent` must be at most 64. Given: " + width);
        }
        yield Optional.of(" ".repeat(Math.max(width, 0)));
      }
    };
  }

  private void write(Value value, int depth) {
    meter.checkValueDepth(depth);
    meter.step();
    switch (value) {
      case Value.None _ -> out.append("null");
      case Value.Bool(boolean b) -> out.append(b ? "true" : "false");
      case Value.Int(BigInteger i) -> out.append(PythonText.integer(i));
      case Value.Real(double d) -> out.append(real(d));
      case Value.Str(String text, boolean _, var _) -> string(text);
      case Value.ListOf(List<Value> items) -> list(items, depth);
      case Value.Tuple(List<Value> items, var _) -> list(items, depth);
      case Value.Mapping(Dict dict) -> dict(dict, depth);
      case Value.Undefined _,
          Value.Bytes _,
          Value.Range _,
          Value.View _,
          Value.Stream _,
          Value.Function _,
          Value.Hosted _ ->
          throw Fault.of("Object of type " + Types.name(value) + " is not JSON serializable");
    }
  }

  private static String real(double d) {
    return Double.isNaN(d)
        ? "NaN"
        : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : Floats.repr(d);
  }

  private void list(List<Value> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append("[");
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      line(depth + 1);
      write(items.get(i), depth + 1);
    }
    line(depth);
    out.append("]");
  }

  private void dict(Dict dict, int depth) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    List<Dict.Entry> entries = new ArrayList<>(dict.entries());
    if (sorted) {
      Comparison comparison = new Comparison(meter);
      entries.sort(Sorting.by(Dict.Entry::key, comparison));
    }
    out.append("{");
    for (int i = 0; i < entries.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      line(depth + 1);
      string(key(entries.get(i).key()));
      out.append(keySeparator);
      write(entries.get(i).value(), depth + 1);
    }
    line(depth);
    out.append("}");
  }

  private static String key(Value key) {
    return switch (key) {
      case Value.Str(String text, boolean _, var _) -> text;
      case Value.None _ -> "null";
      case Value.Bool(boolean b) -> b ? "true" : "false";
      case Value.Int(BigInteger i) -> PythonText.integer(i);
      case Value.Real(double d) -> real(d);
      default ->
          throw Fault.of("keys must be str, int, float, bool or None, not " + Types.name(key));
    };
  }

  private void line(int depth) {
    if (indent.isPresent()) {
      out.append('\n');
      out.repeat(indent.get(), depth);
    }
  }

  private void string(String text) {
    meter.chars(text.length());
    out.append('"');
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\' || (ascii && c >= 0x7f)) {
        out.append(text.substring(plain, i)).append(escaped(c));
        plain = i + 1;
      }
    }
    out.append(text.substring(plain)).append('"');
  }

  private static String escaped(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default -> "\\u%04x".formatted((int) c);
    };
  }
}
