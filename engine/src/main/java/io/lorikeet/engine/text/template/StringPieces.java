package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Methods of strings that cut them apart, strip their ends or pad them. */
final class StringPieces {
  static final Map<String, Operation> ALL = all();

  private StringPieces() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("split", (a, r) -> split(a, r, false));
    all.put("rsplit", (a, r) -> split(a, r, true));
    all.put("splitlines", StringPieces::lines);
    all.put("partition", (a, r) -> partition(a, r, false));
    all.put("rpartition", (a, r) -> partition(a, r, true));
    all.put("strip", (a, r) -> strip(a, r, true, true));
    all.put("lstrip", (a, r) -> strip(a, r, true, false));
    all.put("rstrip", (a, r) -> strip(a, r, false, true));
    all.put("center", (a, r) -> pad(a, r, Side.BOTH));
    all.put("ljust", (a, r) -> pad(a, r, Side.RIGHT));
    all.put("rjust", (a, r) -> pad(a, r, Side.LEFT));
    all.put("zfill", StringPieces::zeros);
    all.put("expandtabs", StringPieces::tabs);
    return Map.copyOf(all);
  }

  /** Where the padding goes. */
  private enum Side {
    LEFT,
    RIGHT,
    BOTH
  }

  private static Value split(Arguments arguments, Render render, boolean fromEnd) {
    Arguments.Bound bound = arguments.bind(1, "", "sep", "maxsplit");
    Value.Str text = bound.str(0);
    render.meter().chars(text.text().length());
    int most = bound.integer(2, -1);
    int left = most < 0 ? Integer.MAX_VALUE : most;
    Optional<String> separator = bound.optionalText(1);
    List<Value> pieces;
    if (separator.isPresent()) {
      if (separator.get().isEmpty()) {
        throw Fault.of("empty separator");
      }
      pieces =
          fromEnd ? lastPieces(text, separator.get(), left) : pieces(text, separator.get(), left);
    } else {
      pieces = fromEnd ? lastWords(text, left) : words(text, left);
    }
    render.meter().items(pieces.size());
    return Value.list(pieces);
  }

  private static List<Value> pieces(Value.Str str, String separator, int most) {
    String text = str.text();
    List<Value> pieces = new ArrayList<>();
    int from = 0;
    int left = most;
    for (int i = text.indexOf(separator); i >= 0 && left-- > 0; i = text.indexOf(separator, from)) {
      pieces.add(str.part(from, i));
      from = i + separator.length();
    }
    pieces.add(str.part(from, text.length()));
    return pieces;
  }

  private static List<Value> lastPieces(Value.Str str, String separator, int most) {
    String text = str.text();
    List<Value> pieces = new ArrayList<>();
    int to = text.length();
    int left = most;
    while (left-- > 0) {
      int i = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
      if (i < 0) {
        break;
      }
      pieces.add(str.part(i + separator.length(), to));
      to = i;
    }
    pieces.add(str.part(0, to));
    Collections.reverse(pieces);
    return pieces;
  }

  private static List<Value> words(Value.Str str, int most) {
    String text = str.text();
    List<Value> words = new ArrayList<>();
    int left = most;
    int i = 0;
    while (true) {
      while (i < text.length() && Unicode.isSpace(text.charAt(i))) {
        i++;
      }
      if (i == text.length()) {
        return words;
      }
      if (left-- == 0) {
        words.add(str.part(i, Unicode.end(text)));
        return words;
      }
      int from = i;
      while (i < text.length() && !Unicode.isSpace(text.charAt(i))) {
        i++;
      }
      words.add(str.part(from, i));
    }
  }

  private static List<Value> lastWords(Value.Str str, int most) {
    String text = str.text();
    List<Value> words = new ArrayList<>();
    int left = most;
    int i = text.length();
    while (true) {
      while (i > 0 && Unicode.isSpace(text.charAt(i - 1))) {
        i--;
      }
      if (i == 0) {
        break;
      }
      if (left-- == 0) {
        words.add(str.part(Unicode.start(text), i));
        break;
      }
      int to = i;
      while (i > 0 && !Unicode.isSpace(text.charAt(i - 1))) {
        i--;
      }
      words.add(str.part(i, to));
    }
    Collections.reverse(words);
    return words;
  }

  private static Value lines(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "", "keepends");
    Value.Str text = bound.str(0);
    render.meter().chars(text.text().length());
    List<int[]> lines = Unicode.lineBounds(text.text(), bound.flag(1, false));
    render.meter().items(lines.size());
    return Value.list(lines.stream().<Value>map(l -> text.part(l[0], l[1])).toList());
  }

  private static Value partition(Arguments arguments, Render render, boolean last) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    Value.Str self = bound.str(0);
    String text = self.text();
    render.meter().chars(text.length());
    String separator = bound.text(1);
    if (separator.isEmpty()) {
      throw Fault.of("empty separator");
    }
    int i = last ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (i < 0) {
      return Value.tuple(
          last ? List.of(Value.EMPTY, Value.EMPTY, self) : List.of(self, Value.EMPTY, Value.EMPTY));
    }
    int behind = i + separator.length();
    return Value.tuple(
        List.of(self.part(0, i), self.part(i, behind), self.part(behind, text.length())));
  }

  private static Value strip(Arguments arguments, Render render, boolean start, boolean end) {
    Arguments.Bound bound = arguments.bind(1, "", "");
    Value.Str text = bound.str(0);
    render.meter().chars(text.text().length());
    return stripped(text, bound.optionalText(1), start, end);
  }

  /**
   * @param characters what is stripped; white space if empty
   */
  static Value.Str stripped(
      Value.Str str, Optional<String> characters, boolean start, boolean end) {
    String text = str.text();
    if (characters.isEmpty()) {
      int from = start ? Unicode.start(text) : 0;
      return str.part(from, end ? Math.max(from, Unicode.end(text)) : text.length());
    }
    Set<Integer> set = characters.get().codePoints().boxed().collect(Collectors.toSet());
    int from = 0;
    int to = text.length();
    while (start && from < to && set.contains(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (end && to > from && set.contains(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return str.part(from, to);
  }

  private static Value pad(Arguments arguments, Render render, Side side) {
    Arguments.Bound bound = arguments.bind(2, "", "", "");
    String fill = bound.at(2).isPresent() ? bound.text(2) : " ";
    if (Unicode.length(fill) != 1) {
      throw Fault.of("The fill character must be exactly one character long");
    }
    String text = StringMethods.self(bound);
    int width = bound.integer(1, 0);
    int missing = Math.max(0, width - Unicode.length(text));
    int left =
        switch (side) {
          case LEFT -> missing;
          case RIGHT -> 0;
          case BOTH -> missing / 2 + (missing & width & 1);
        };
    TextBuilder out = new TextBuilder(render.meter());
    out.repeat(fill, left).append(text).repeat(fill, missing - left);
    return Value.derived(out.toString(), bound.value(0), bound.at(2).orElse(Value.NONE));
  }

  private static Value zeros(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    String text = StringMethods.self(bound);
    int missing = Math.max(0, bound.integer(1, 0) - Unicode.length(text));
    boolean signed = text.startsWith("+") || text.startsWith("-");
    TextBuilder out = new TextBuilder(render.meter());
    out.append(signed ? text.substring(0, 1) : "");
    out.repeat("0", missing).append(signed ? text.substring(1) : text);
    return Value.derived(out.toString(), bound.value(0));
  }

  private static Value tabs(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "", "tabsize");
    int size = bound.integer(1, 8);
    TextBuilder out = new TextBuilder(render.meter());
    int column = 0;
    for (int c : StringMethods.self(bound).codePoints().toArray()) {
      if (c == '\t') {
        int width = size > 0 ? size - column % size : 0;
        out.repeat(" ", width);
        column += width;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return Value.derived(out.toString(), bound.value(0));
  }
}
