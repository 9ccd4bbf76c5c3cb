package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Filters that lay a text out: width, indentation, length of lines. */
final class LayoutFilters {
  private static final int LEEWAY = 5;

  static final Map<String, Operation> ALL = all();

  private LayoutFilters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("center", LayoutFilters::center);
    all.put("indent", LayoutFilters::indent);
    all.put("truncate", LayoutFilters::truncate);
    all.put("wordwrap", LayoutFilters::wordwrap);
    return Map.copyOf(all);
  }

  private static Value center(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "width");
    Value.Str text = TextFilters.soft(bound.value(0), render);
    Value center = Attributes.dot(text, "center");
    return render.call(center, Arguments.of(bound.at(1).orElse(Value.of(80))));
  }

  private static Value indent(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "s", "width", "first", "blank");
    if (!(bound.value(0) instanceof Value.Str(String text, boolean safe, var _)) || safe) {
      throw Fault.of("`indent` works on unmarked strings, not on " + Types.name(bound.value(0)));
    }
    Value width = bound.at(1).orElse(Value.of(4));
    TextBuilder margin = new TextBuilder(render.meter());
    if (width instanceof Value.Str(String given, boolean _, var _)) {
      margin.append(given);
    } else {
      margin.repeat(" ", Numbers.index(width));
    }
    boolean blank = bound.flag(3, false);
    TextBuilder out = new TextBuilder(render.meter());
    out.append(bound.flag(2, false) ? margin.toString() : "");
    List<String> lines = Unicode.lines(text + "\n", false);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean indented = i > 0 && (blank || !line.isEmpty());
      out.append(i > 0 ? "\n" : "").append(indented ? margin.toString() : "").append(line);
    }
    return Value.derived(out.toString(), bound.value(0), width);
  }

  private static Value truncate(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "s", "length", "killwords", "end", "leeway");
    String text = bound.text(0);
    render.meter().chars(text.length());
    int length = bound.integer(1, 255);
    String end = bound.at(3).isPresent() ? bound.text(3) : "...";
    int leeway =
        bound.at(4).filter(v -> !(v instanceof Value.None)).map(Numbers::index).orElse(LEEWAY);
    int endLength = Unicode.length(end);
    if (length < endLength || leeway < 0) {
      throw Fault.of(
          "`length` must be at least %d and `leeway` at least 0. Given: %d, %d"
              .formatted(endLength, length, leeway));
    }
    if (Unicode.length(text) <= (long) length + leeway) {
      return bound.value(0);
    }
    String kept = text.substring(0, Unicode.offset(text, length - endLength));
    if (!bound.flag(2, false)) {
      int space = kept.lastIndexOf(' ');
      kept = space < 0 ? kept : kept.substring(0, space);
    }
    return Value.derived(kept + end, bound.value(0), bound.at(3).orElse(Value.NONE));
  }

  private static Value wordwrap(Arguments arguments, Render render) {
    Arguments.Bound bound =
        arguments.bind(1, "s", "width", "break_long_words", "wrapstring", "break_on_hyphens");
    String text = bound.text(0);
    render.meter().chars(text.length());
    int width = bound.integer(1, 79);
    if (width <= 0) {
      throw Fault.of("invalid width " + width + " (must be > 0)");
    }
    if (bound.flag(4, true) && text.indexOf('-') >= 0) {
      throw Fault.of("`wordwrap` that breaks at hyphens is not supported");
    }
    Value.Str separator = Value.literal(bound.optionalText(3).orElse("\n"));
    List<Value> paragraphs = new ArrayList<>();
    for (String line : Unicode.lines(text, false)) {
      List<String> lines = wrapped(chunks(line), width, bound.flag(2, true));
      paragraphs.add(StringMethods.joined(separator, TextFilters.texts(lines), render.meter()));
    }
    return Value.derived(
        StringMethods.joined(separator, paragraphs, render.meter()).text(),
        bound.value(0),
        bound.at(3).orElse(Value.NONE));
  }

  /** Words and the white space between them, in turn. */
  private static List<int[]> chunks(String line) {
    List<int[]> chunks = new ArrayList<>();
    int[] codePoints = line.codePoints().toArray();
    int from = 0;
    while (from < codePoints.length) {
      boolean space = isWrapSpace(codePoints[from]);
      int to = from;
      while (to < codePoints.length && isWrapSpace(codePoints[to]) == space) {
        to++;
      }
      chunks.add(java.util.Arrays.copyOfRange(codePoints, from, to));
      from = to;
    }
    return chunks;
  }

  private static boolean isWrapSpace(int c) {
    return c == ' ' || (c >= 0x09 && c <= 0x0d);
  }

  private static List<String> wrapped(List<int[]> chunks, int width, boolean breakLong) {
    List<String> lines = new ArrayList<>();
    List<int[]> line = new ArrayList<>();
    int length = 0;
    int next = 0;
    Optional<int[]> rest = Optional.empty();
    while (next < chunks.size() || rest.isPresent()) {
      int[] chunk = rest.isPresent() ? rest.get() : chunks.get(next);
      if (line.isEmpty() && !lines.isEmpty() && isBlank(chunk)) {
        rest = Optional.empty();
        next++;
        continue;
      }
      if (length + chunk.length <= width) {
        line.add(chunk);
        length += chunk.length;
        rest = Optional.empty();
        next++;
        continue;
      }
      if (chunk.length > width && breakLong) {
        int room = width - length;
        line.add(java.util.Arrays.copyOf(chunk, room));
        rest = Optional.of(java.util.Arrays.copyOfRange(chunk, room, chunk.length));
      } else if (chunk.length > width && line.isEmpty()) {
        line.add(chunk);
        rest = Optional.empty();
        next++;
      }
      finish(line, lines);
      length = 0;
    }
    finish(line, lines);
    return lines;
  }

  private static boolean isBlank(int[] chunk) {
    return java.util.Arrays.stream(chunk).allMatch(Unicode::isSpace);
  }

  private static void finish(List<int[]> line, List<String> lines) {
    if (!line.isEmpty() && isBlank(line.getLast())) {
      line.removeLast();
    }
    if (!line.isEmpty()) {
      StringBuilder out = new StringBuilder();
      line.forEach(c -> out.append(new String(c, 0, c.length)));
      lines.add(out.toString());
    }
    line.clear();
  }
}
