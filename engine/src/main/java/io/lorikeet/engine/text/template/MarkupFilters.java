package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.Map;

/** Filters for HTML: escapes, marks and tags. */
final class MarkupFilters {
  private static final Map<String, String> ENTITIES =
      Map.of("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&#39;", "'", "&#34;", "\"");

  static final Map<String, Operation> ALL = all();

  private MarkupFilters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    Operation escape = (a, r) -> Markup.escaped(a.bind(1, "s").value(0), r.meter());
    all.put("e", escape);
    all.put("escape", escape);
    all.put("forceescape", MarkupFilters::force);
    all.put("safe", (a, r) -> r.str(a.bind(1, "value").value(0)).marked(true));
    all.put("striptags", MarkupFilters::stripTags);
    all.put("xmlattr", MarkupFilters::attributes);
    all.put("urlize", (a, r) -> unsupported("urlize"));
    return Map.copyOf(all);
  }

  private static Value unsupported(String name) {
    throw Fault.of("the filter `" + name + "` is not supported");
  }

  private static Value force(Arguments arguments, Render render) {
    Value.Str text = render.str(arguments.bind(1, "value").value(0));
    return Value.derived(Markup.escape(text.text(), render.meter()), text).marked(true);
  }

  private static Value stripTags(Arguments arguments, Render render) {
    Value.Str given = render.str(arguments.bind(1, "value").value(0));
    String text = without(given.text(), "<!--", "-->", render);
    text = without(text, "<", ">", render);
    Value words = render.call(Attributes.dot(Value.literal(text), "split"), Arguments.of());
    Value.Str joined =
        StringMethods.joined(
            Value.literal(" "), Sequences.list(words, render.meter()), render.meter());
    return Value.derived(unescaped(joined.text(), render), given);
  }

  private static String without(String text, String open, String close, Render render) {
    String rest = text;
    int start = rest.indexOf(open);
    int end = start < 0 ? -1 : rest.indexOf(close, start);
    while (end >= 0) {
      render.meter().step();
      render.meter().chars(rest.length());
      rest = rest.substring(0, start) + rest.substring(end + close.length());
      start = rest.indexOf(open);
      end = start < 0 ? -1 : rest.indexOf(close, start);
    }
    return rest;
  }

  private static String unescaped(String text, Render render) {
    TextBuilder out = new TextBuilder(render.meter());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      int next = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
      if (c != '&' || (next != '#' && !Character.isLetter(next))) {
        out.append(c);
        at++;
        continue;
      }
      int end = text.indexOf(';', at);
      String character = end < 0 ? null : ENTITIES.get(text.substring(at, end + 1));
      if (character == null) {
        throw Fault.of("`striptags` of a text with rare HTML entities is not supported");
      }
      out.append(character);
      at = end + 1;
    }
    return out.toString();
  }

  private static Value attributes(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "d", "autospace");
    if (!(bound.value(0) instanceof Value.Mapping(Dict dict))) {
      throw Fault.of("`xmlattr` needs a dict, not " + Types.name(bound.value(0)));
    }
    TextBuilder out = new TextBuilder(render.meter());
    boolean any = false;
    for (Dict.Entry entry : dict.entries()) {
      if (entry.value() instanceof Value.None || entry.value() instanceof Value.Undefined) {
        continue;
      }
      String key = render.text(entry.key());
      if (key.chars().anyMatch(c -> Unicode.isSpace(c) || c == '/' || c == '>' || c == '=')) {
        throw Fault.of("Invalid character in attribute name: '" + key + "'");
      }
      out.append(any || bound.flag(1, true) ? " " : "");
      any = true;
      out.append(Markup.escaped(entry.key(), render.meter()).text()).append("=\"");
      out.append(Markup.escaped(entry.value(), render.meter()).text()).append("\"");
    }
    return Value.derived(out.toString(), bound.value(0));
  }
}
