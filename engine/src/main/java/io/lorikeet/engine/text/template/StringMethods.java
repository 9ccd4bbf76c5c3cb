package io.lorikeet.engine.text.template;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The methods of strings; those of marked strings escape their arguments and mark their results.
 */
final class StringMethods {
  private static final Set<String> MARKING =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "expandtabs",
          "ljust",
          "lower",
          "lstrip",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "strip",
          "swapcase",
          "title",
          "upper",
          "zfill");
  private static final Set<String> UNMARKED_ARGUMENTS =
      Set.of("partition", "rpartition", "rsplit", "split", "splitlines");

  private static final Map<String, Operation> ALL = all();

  private StringMethods() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.putAll(StringCases.ALL);
    all.putAll(StringSearch.ALL);
    all.putAll(StringPieces.ALL);
    all.put("format", BraceFormat::format);
    all.put("join", StringMethods::join);
    all.put("encode", StringMethods::encode);
    return Map.copyOf(all);
  }

  static Optional<Value> find(Value.Str self, String name) {
    Optional<Operation> method = Optional.ofNullable(ALL.get(name));
    return method.map(m ->
        Methods.bound(self, name, self.safe() && MARKING.contains(name) ? marked(name, m) : m));
  }

  private static Operation marked(String name, Operation method) {
    return (arguments, render) -> {
      boolean escapes = !UNMARKED_ARGUMENTS.contains(name);
      List<Value> escaped =
          arguments.positional().stream()
              .map(v -> escapes && v instanceof Value.Str ? Markup.escaped(v, render.meter()) : v)
              .toList();
      return mark(method.apply(new Arguments(escaped, arguments.named()), render));
    };
  }

  private static Value mark(Value value) {
    return switch (value) {
      case Value.Str str -> str.marked(true);
      case Value.ListOf(List<Value> items) ->
          Value.list(items.stream().map(StringMethods::mark).toList());
      case Value.Tuple(List<Value> items, var _) ->
          Value.tuple(items.stream().map(StringMethods::mark).toList());
      default -> value;
    };
  }

  static String self(Arguments.Bound bound) {
    return bound.text(0);
  }

  private static Value join(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    boolean safe = bound.value(0) instanceof Value.Str str && str.safe();
    List<Value> items = Sequences.list(bound.value(1), render.meter());
    List<Value> texts = new ArrayList<>();
    boolean anySafe = safe;
    for (Value item : items) {
      if (!(item instanceof Value.Str) && !safe) {
        throw Fault.of(
            "sequence item %d: expected str instance, %s found"
                .formatted(texts.size(), Types.name(item)));
      }
      texts.add(safe ? Markup.escaped(item, render.meter()) : item);
    }
    return joined(bound.str(0), texts, render.meter()).marked(anySafe);
  }

  static Value.Str joined(Value.Str separator, List<Value> texts, Meter meter) {
    TextBuilder out = new TextBuilder(meter);
    for (int i = 0; i < texts.size(); i++) {
      out.append(i > 0 ? separator : Value.EMPTY).append(PythonText.text(texts.get(i), meter));
    }
    return out.str();
  }

  private static Value encode(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "", "encoding", "errors");
    checkUtf8(bound);
    render.meter().items(self(bound).length());
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(self(bound)));
      List<Byte> content = new ArrayList<>();
      while (bytes.hasRemaining()) {
        content.add(bytes.get());
      }
      return new Value.Bytes(List.copyOf(content));
    } catch (CharacterCodingException e) {
      throw Fault.of("the string has characters that UTF-8 can't hold");
    }
  }

  static Value decode(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "", "encoding", "errors");
    checkUtf8(bound);
    if (!(bound.value(0) instanceof Value.Bytes(List<Byte> content))) {
      throw Fault.of("bytes are needed, not '" + Types.name(bound.value(0)) + "'");
    }
    render.meter().items(content.size());
    ByteBuffer bytes = ByteBuffer.allocate(content.size());
    content.forEach(bytes::put);
    try {
      return Value.given(StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString());
    } catch (CharacterCodingException e) {
      throw Fault.of("the bytes are not UTF-8");
    }
  }

  private static void checkUtf8(Arguments.Bound bound) {
    String encoding = bound.optionalText(1).orElse("utf-8");
    if (!encoding.equalsIgnoreCase("utf-8") && !encoding.equalsIgnoreCase("utf8")) {
      throw Fault.of("the encoding '" + encoding + "' is not supported");
    }
    if (!bound.optionalText(2).orElse("strict").equals("strict")) {
      throw Fault.of("`errors` other than 'strict' are not supported");
    }
  }
}
