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
    String text = StringMethods.self(bound);
    render.meter().chars(text.length());
    int most = bound.integer(2, -1);
    int left = most < 0 ? Integer.MAX_VALUE : most;
    Optional<String> separator = bound.optionalText(1);
    List<String> pieces;
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
    return texts(pieces);
  }

  private static Value texts(List<String> pieces) {
    return Value.list(pieces.stream().<Value>map(Value::of).toList());
  }

  private static List<String> pieces(String text, String separator, int most) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    int left = most;
    for (int i = text.indexOf(separator); i >= 0 && left-- > 0; i = text.indexOf(separator, from)) {
      pieces.add(text.substring(from, i));
      from = i + separator.length();
    }
    pieces.add(text.substring(from));
    return pieces;
  }

  private static List<String> lastPieces(String text, String separator, int most) {
    List<String> pieces = new ArrayList<>();
    int to = text.length();
    int left = most;
    while (left-- > 0) {
      int i = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
      if (i < 0) {
        break;
      }
      pieces.add(text.substring(i + separator.length(), to));
      to = i;
    }
    pieces.add(text.substring(0, to));
    Collections.reverse(pieces);
    return pieces;
  }

  private static List<String> words(String text, int most) {
    List<String> words = new ArrayList<>();
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
        words.add(Unicode.stripEnd(text.substring(i)));
        return words;
      }
      int from = i;
      while (i < text.length() && !Unicode.isSpace(text.charAt(i))) {
        i++;
      }
      words.add(text.substring(from, i));
    }
  }

  private static List<String> lastWords(String text, int most) {
    List<String> words = new ArrayList<>();
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
        words.add(Unicode.stripStart(text.substring(0, i)));
        break;
      }
      int to = i;
      while (i > 0 && !Unicode.isSpace(text.charAt(i - 1))) {
        i--;
      }
      words.add(text.substring(i, to));
    }
    Collections.reverse(words);
    return words;
  }

  private static Value lines(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "", "keepends");
    String text = StringMethods.self(bound);
    render.meter().chars(text.length());
    List<String> lines = Unicode.lines(text, bound.flag(1, false));
    render.meter().items(lines.size());
    return texts(lines);
  }

  private static Value partition(Arguments arguments, Render render, boolean last) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    String text = StringMethods.self(bound);
    render.meter().chars(text.length());
    String separator = bound.text(1);
    if (separator.isEmpty()) {
      throw Fault.of("empty separator");
    }
    int i = last ? text.lastIndexOf(separator) : text.indexOf(separator);
    List<String> parts =
        i >= 0
            ? List.of(text.substring(0, i), separator, text.substring(i + separator.length()))
            : last ? List.of("", "", text) : List.of(text, "", "");
    return Value.tuple(parts.stream().<Value>map(Value::of).toList());
  }

  private static Value strip(Arguments arguments, Render render, boolean start, boolean end) {
    Arguments.Bound bound = arguments.bind(1, "", "");
    String text = StringMethods.self(bound);
    render.meter().chars(text.length());
    return Value.of(stripped(text, bound.optionalText(1), start, end));
  }

  /**
   * @param characters what is stripped; white space if empty
   */
  static String stripped(String text, Optional<String> characters, boolean start, boolean end) {
    if (characters.isEmpty()) {
      String right = end ? Unicode.stripEnd(text) : text;
      return start ? Unicode.stripStart(right) : right;
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
    return text.substring(from, to);
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
    return Value.of(out.toString());
  }

  private static Value zeros(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    String text = StringMethods.self(bound);
    int missing = Math.max(0, bound.integer(1, 0) - Unicode.length(text));
    boolean signed = text.startsWith("+") || text.startsWith("-");
    TextBuilder out = new TextBuilder(render.meter());
    out.append(signed ? text.substring(0, 1) : "");
    return Value.of(out.repeat("0", missing).append(signed ? text.substring(1) : text).toString());
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
    return Value.of(out.toString());
  }
}
