package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Filters over values of any kind. */
final class ValueFilters {
  private static final int LINE_WIDTH = 80;

  static final Map<String, Operation> ALL =
      Map.of(
          "default", ValueFilters::otherwise,
          "d", ValueFilters::otherwise,
          "attr", ValueFilters::attribute,
          "tojson", JsonText::filter,
          "pprint", ValueFilters::pretty);

  private ValueFilters() {}

  private static Value otherwise(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "default_value", "boolean");
    Value value = bound.value(0);
    boolean absent = Types.isUndefined(value) || (bound.flag(2, false) && !Types.isTrue(value));
    return absent ? bound.at(1).orElse(Value.EMPTY) : value;
  }

  /** An attribute only, never an element. */
  private static Value attribute(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "obj", "name");
    Value value = bound.value(0);
    String name = render.text(bound.value(1));
    if (value instanceof Value.Undefined(String message) && !name.startsWith("_")) {
      throw Fault.of(message);
    }
    return Attributes.attribute(value, name)
        .orElseGet(() ->
            new Value.Undefined(
                "'" + Types.name(value) + " object' has no attribute '" + name + "'"));
  }

  private static Value pretty(Arguments arguments, Render render) {
    Value value = arguments.bind(1, "value").value(0);
    String text = PythonText.repr(sorted(value, 0, render), render.meter());
    if (Unicode.length(text) >= LINE_WIDTH) {
      throw Fault.of("`pprint` of more than one line is not supported");
    }
    return Value.derived(text, value);
  }

  private static Value sorted(Value value, int depth, Render render) {
    render.meter().checkValueDepth(depth);
    return switch (value) {
      case Value.ListOf(List<Value> items) ->
          Value.list(items.stream().map(i -> sorted(i, depth + 1, render)).toList());
      case Value.Tuple(List<Value> items, var _) ->
          Value.tuple(items.stream().map(i -> sorted(i, depth + 1, render)).toList());
      case Value.Mapping(Dict dict) -> {
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        entries.sort(Sorting.by(Dict.Entry::key, render.comparison()));
        Dict ordered = new Dict();
        entries.forEach(e -> ordered.put(e.key(), sorted(e.value(), depth + 1, render)));
        yield new Value.Mapping(ordered);
      }
      default -> value;
    };
  }
}
