package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Methods of strings that look for parts, with positions by code points. */
final class StringSearch {
  static final Map<String, Operation> ALL = all();

  private StringSearch() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("startswith", affix(String::startsWith));
    all.put("endswith", affix(String::endsWith));
    all.put("find", (a, r) -> Value.of(find(a, r, false)));
    all.put("rfind", (a, r) -> Value.of(find(a, r, true)));
    all.put("index", (a, r) -> index(a, r, false));
    all.put("rindex", (a, r) -> index(a, r, true));
    all.put("count", StringSearch::count);
    all.put("removeprefix", StringSearch::removePrefix);
    all.put("removesuffix", StringSearch::removeSuffix);
    all.put("replace", StringSearch::replace);
    return Map.copyOf(all);
  }

  /** Part of a text between two positions; empty if it begins behind its end. */
  private record Window(String text, int start) {
    static Optional<Window> of(Arguments.Bound bound, Meter meter) {
      String text = StringMethods.self(bound);
      meter.chars(text.length());
      int size = Unicode.length(text);
      long start = bound(bound.at(2), 0, size);
      long stop = Math.min(bound(bound.at(3), size, size), size);
      if (start > stop) {
        return Optional.empty();
      }
      int from = Unicode.offset(text, (int) start);
      int to = text.offsetByCodePoints(from, (int) (stop - start));
      return Optional.of(new Window(text.substring(from, to), (int) start));
    }

    private static long bound(Optional<Value> value, int otherwise, int size) {
      if (value.isEmpty() || value.get() instanceof Value.None) {
        return otherwise;
      }
      long i = Numbers.index(value.get());
      return i < 0 ? Math.max(0, i + size) : i;
    }
  }

  private static Operation affix(BiPredicate<String, String> fits) {
    return (arguments, render) -> {
      Arguments.Bound bound = arguments.bind(2, "", "", "", "");
      List<Value> affixes =
          bound.value(1) instanceof Value.Tuple(List<Value> items, var _)
              ? items
              : List.of(bound.value(1));
      Optional<Window> window = Window.of(bound, render.meter());
      for (Value affix : affixes) {
        if (!(affix instanceof Value.Str(String text, boolean _, var _))) {
          throw Fault.of("a string or a tuple of strings is needed, not " + Types.name(affix));
        }
        if (window.isPresent() && fits.test(window.get().text, text)) {
          return Value.TRUE;
        }
      }
      return Value.FALSE;
    };
  }

  private static long find(Arguments arguments, Render render, boolean last) {
    Arguments.Bound bound = arguments.bind(2, "", "", "", "");
    String part = bound.text(1);
    Optional<Window> window = Window.of(bound, render.meter());
    if (window.isEmpty()) {
      return -1;
    }
    String text = window.get().text;
    int at = last ? text.lastIndexOf(part) : text.indexOf(part);
    return at < 0 ? -1 : window.get().start + (long) text.codePointCount(0, at);
  }

  private static Value index(Arguments arguments, Render render, boolean last) {
    long at = find(arguments, render, last);
    if (at < 0) {
      throw Fault.of("substring not found");
    }
    return Value.of(at);
  }

  private static Value count(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "", "", "");
    String part = bound.text(1);
    Optional<Window> window = Window.of(bound, render.meter());
    if (window.isEmpty()) {
      return Value.of(0);
    }
    String text = window.get().text;
    if (part.isEmpty()) {
      return Value.of(Unicode.length(text) + 1L);
    }
    long count = 0;
    for (int i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + part.length())) {
      count++;
    }
    return Value.of(count);
  }

  private static Value removePrefix(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    Value.Str text = bound.str(0);
    int length = text.text().length();
    render.meter().chars(length);
    String prefix = bound.text(1);
    return text.text().startsWith(prefix) ? text.part(prefix.length(), length) : text;
  }

  private static Value removeSuffix(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    Value.Str text = bound.str(0);
    int length = text.text().length();
    render.meter().chars(length);
    String suffix = bound.text(1);
    return text.text().endsWith(suffix) ? text.part(0, length - suffix.length()) : text;
  }

  private static Value replace(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(3, "", "", "", "count");
    return replaced(
        bound.str(0), bound.text(1), bound.str(2), bound.integer(3, -1), render.meter());
  }

  /**
   * @param count most replacements; negative for all
   */
  static Value.Str replaced(Value.Str str, String old, Value.Str with, int count, Meter meter) {
    String text = str.text();
    meter.chars(text.length());
    TextBuilder out = new TextBuilder(meter);
    int left = count < 0 ? Integer.MAX_VALUE : count;
    if (old.isEmpty()) {
      int at = 0;
      while (left-- > 0) {
        out.append(with);
        if (at == text.length()) {
          return out.str();
        }
        int next = text.offsetByCodePoints(at, 1);
        out.append(str.part(at, next));
        at = next;
      }
      return out.append(str.part(at, text.length())).str();
    }
    int from = 0;
    for (int i = text.indexOf(old); i >= 0 && left-- > 0; i = text.indexOf(old, from)) {
      out.append(str.part(from, i)).append(with);
      from = i + old.length();
    }
    return out.append(str.part(from, text.length())).str();
  }
}
