package io.lorikeet.engine.text.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The {@code urlencode} filter: paths from texts, queries from pairs. */
final class UrlText {
  private UrlText() {}

  static Value filter(Arguments arguments, Render render) {
    Value value = arguments.bind(1, "value").value(0);
    if (value instanceof Value.Str || !Types.isIterable(value)) {
      return Value.derived(quoted(value, false, render), value);
    }
    List<Value> pairs =
        value instanceof Value.Mapping(Dict dict)
            ? Sequences.pairs(dict)
            : Sequences.list(value, render.meter());
    List<Value> parts = new ArrayList<>();
    for (Value pair : pairs) {
      List<Value> both = Sequences.list(pair, render.meter());
      if (both.size() != 2) {
        throw Fault.of("`urlencode` needs pairs");
      }
      parts.add(
          Value.derived(
              quoted(both.get(0), true, render) + "=" + quoted(both.get(1), true, render),
              both.get(0),
              both.get(1)));
    }
    return StringMethods.joined(Value.literal("&"), parts, render.meter());
  }

  private static String quoted(Value value, boolean query, Render render) {
    if (value instanceof Value.Bytes) {
      throw Fault.of("`urlencode` of bytes is not supported");
    }
    TextBuilder out = new TextBuilder(render.meter());
    for (byte b : render.text(value).getBytes(StandardCharsets.UTF_8)) {
      boolean letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
      if (letter || "_.-~".indexOf(b) >= 0 || (b == '/' && !query)) {
        out.append((char) b);
      } else if (b == ' ' && query) {
        out.append('+');
      } else {
        out.append("%%%02X".formatted(b & 0xff));
      }
    }
    return out.toString();
  }
}
