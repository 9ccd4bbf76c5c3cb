package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** How Python prints values: {@code str} and {@code repr}. */
final class PythonText {
  private final Meter meter;

  private PythonText(Meter meter) {
    this.meter = meter;
  }

  /** What {@code {{ value }}} writes. */
  static String str(Value value, Meter meter) {
    return value instanceof Value.Str(String text, boolean _, var _)
        ? text
        : printed(value, false, meter);
  }

  /** The same with its origin; texts as they are, marked or not. */
  static Value.Str text(Value value, Meter meter) {
    return value instanceof Value.Str str ? str : Value.derived(str(value, meter), value);
  }

  static String repr(Value value, Meter meter) {
    return printed(value, true, meter);
  }

  private static String printed(Value value, boolean quoted, Meter meter) {
    if (value instanceof Value.Undefined) {
      return quoted ? "Undefined" : "";
    }
    TextBuilder out = new TextBuilder(meter);
    new PythonText(meter).write(value, out, 0);
    return out.toString();
  }

  static String integer(BigInteger value) {
    String text = value.toString();
    if (text.length() > Numbers.DIGITS_MAX + (value.signum() < 0 ? 1 : 0)) {
      throw Fault.of(
          "an integer must have at most " + Numbers.DIGITS_MAX + " digits to be printed");
    }
    return text;
  }

  private void write(Value value, TextBuilder out, int depth) {
    meter.checkValueDepth(depth);
    meter.step();
    switch (value) {
      case Value.Undefined _ -> out.append("Undefined");
      case Value.None _ -> out.append("None");
      case Value.Bool(boolean b) -> out.append(b ? "True" : "False");
      case Value.Int(BigInteger i) -> out.append(integer(i));
      case Value.Real(double d) -> out.append(Floats.repr(d));
      case Value.Str(String text, boolean safe, var _) -> {
        out.append(safe ? "Markup(" : "");
        meter.chars(text.length());
        quote(text, out);
        out.append(safe ? ")" : "");
      }
      case Value.Bytes(List<Byte> content) -> quote(content, out);
      case Value.ListOf(List<Value> items) -> row(items, "[", "]", out, depth);
      case Value.Tuple(List<Value> items, var _) ->
          row(items, "(", items.size() == 1 ? ",)" : ")", out, depth);
      case Value.Range(long start, long stop, long step) ->
          out.append("range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")"));
      case Value.Mapping(Dict dict) -> mapping(dict, out, depth);
      case Value.View(Value.View.Kind kind, Dict _) ->
          row(
              Sequences.list(value, meter),
              "dict_" + kind.name().toLowerCase(Locale.ROOT) + "([",
              "])",
              out,
              depth);
      case Value.Hosted(Host host) -> out.append(host.print(meter));
      case Value.Function _, Value.Stream _ ->
          throw Fault.of("a " + Types.name(value) + " has no printed form that is worth printing");
    }
  }

  private void row(List<Value> items, String open, String close, TextBuilder out, int depth) {
    out.append(open);
    Iterator<Value> all = items.iterator();
    while (all.hasNext()) {
      write(all.next(), out, depth + 1);
      out.append(all.hasNext() ? ", " : "");
    }
    out.append(close);
  }

  private void mapping(Dict dict, TextBuilder out, int depth) {
    out.append("{");
    Iterator<Dict.Entry> entries = dict.entries().iterator();
    while (entries.hasNext()) {
      Dict.Entry entry = entries.next();
      write(entry.key(), out, depth + 1);
      out.append(": ");
      write(entry.value(), out, depth + 1);
      out.append(entries.hasNext() ? ", " : "");
    }
    out.append("}");
  }

  private static void quote(String text, TextBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(c -> character(c, quote, out));
    out.append(quote);
  }

  private static void character(int c, char quote, TextBuilder out) {
    switch (c) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\\' -> out.append("\\\\");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else {
          String format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
          out.append(format.formatted(c));
        }
      }
    }
  }

  private static void quote(List<Byte> content, TextBuilder out) {
    boolean single = content.contains((byte) '\'') && !content.contains((byte) '"');
    char quote = single ? '"' : '\'';
    out.append('b').append(quote);
    for (byte b : content) {
      if ((b >= 0x20 && b < 0x7f) || b == '\n' || b == '\r' || b == '\t') {
        character(b, quote, out);
      } else {
        out.append("\\x%02x".formatted(b & 0xff));
      }
    }
    out.append(quote);
  }

  /** Characters that {@code repr} leaves as they are. */
  static boolean isPrintable(int c) {
    return c == ' '
        || switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR ->
              false;
          default -> true;
        };
  }
}
