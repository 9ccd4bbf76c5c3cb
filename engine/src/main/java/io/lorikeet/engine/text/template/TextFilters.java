package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Filters that change a text or count in it. */
final class TextFilters {
  static final Map<String, Operation> ALL = all();

  private TextFilters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("upper", changed(StringCases::upper));
    all.put("lower", changed(StringCases::lower));
    all.put("capitalize", changed(StringCases::capitalize));
    all.put("title", TextFilters::title);
    all.put("trim", TextFilters::trim);
    all.put("replace", TextFilters::replace);
    all.put("string", (a, r) -> soft(a.bind(1, "s").value(0), r));
    all.put("format", TextFilters::format);
    all.put("wordcount", TextFilters::wordcount);
    all.put("urlencode", UrlText::filter);
    return Map.copyOf(all);
  }

  /** Strings as they are, marked or not; all other values printed. */
  static Value.Str soft(Value value, Render render) {
    return render.str(value);
  }

  private static Operation changed(UnaryOperator<String> change) {
    return (arguments, render) -> {
      Value.Str str = soft(arguments.bind(1, "s").value(0), render);
      render.meter().chars(str.text().length());
      return Value.derived(change.apply(str.text()), str).marked(str.safe());
    };
  }

  /** Words begin behind white space, hyphens and opening brackets: {@code It's}. */
  private static Value title(Arguments arguments, Render render) {
    Value.Str given = soft(arguments.bind(1, "s").value(0), render);
    String text = given.text();
    TextBuilder out = new TextBuilder(render.meter());
    int from = 0;
    while (from < text.length()) {
      boolean gap = isGap(text.charAt(from));
      int to = from;
      while (to < text.length() && isGap(text.charAt(to)) == gap) {
        to++;
      }
      int rest = from + Character.charCount(text.codePointAt(from));
      out.append(StringCases.upper(text.substring(from, rest)));
      out.append(StringCases.lower(text.substring(rest, to)));
      from = to;
    }
    return Value.derived(out.toString(), given);
  }

  private static boolean isGap(char c) {
    return Unicode.isSpace(c) || "-({[<".indexOf(c) >= 0;
  }

  private static Value trim(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "chars");
    Value.Str str = soft(bound.value(0), render);
    render.meter().chars(str.text().length());
    Optional<String> characters = bound.optionalText(1);
    return StringPieces.stripped(str, characters, true, true);
  }

  private static Value replace(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(3, "s", "old", "new", "count");
    int count = bound.at(3).filter(v -> !(v instanceof Value.None)).map(Numbers::index).orElse(-1);
    return StringSearch.replaced(
        render.str(bound.value(0)),
        render.text(bound.value(1)),
        render.str(bound.value(2)),
        count,
        render.meter());
  }

  private static Value format(Arguments arguments, Render render) {
    Value.Str format = soft(arguments.first(), render);
    Arguments values = arguments.drop(1);
    if (values.named().isEmpty()) {
      return PercentFormat.format(format, Value.tuple(values.positional()), render);
    }
    if (!values.positional().isEmpty()) {
      throw Fault.of("can't handle positional and keyword arguments at the same time");
    }
    Dict dict = new Dict();
    values.named().forEach(dict::put);
    return PercentFormat.format(format, new Value.Mapping(dict), render);
  }

  private static Value wordcount(Arguments arguments, Render render) {
    String text = soft(arguments.bind(1, "s").value(0), render).text();
    render.meter().chars(text.length());
    long count = 0;
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      boolean word = Unicode.isWord(c);
      count += word && !inside ? 1 : 0;
      inside = word;
    }
    return Value.of(count);
  }

  static List<Value> texts(List<String> all) {
    return all.stream().<Value>map(Value::literal).toList();
  }
}
