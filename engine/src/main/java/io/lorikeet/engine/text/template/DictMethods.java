package io.lorikeet.engine.text.template;

import java.util.Map;

/** Methods of dicts that change nothing. */
final class DictMethods {
  static final Map<String, Operation> ALL =
      Map.of(
          "get", (a, r) -> get(a),
          "keys", (a, r) -> view(a, Value.View.Kind.KEYS),
          "values", (a, r) -> view(a, Value.View.Kind.VALUES),
          "items", (a, r) -> view(a, Value.View.Kind.ITEMS),
          "copy", (a, r) -> a.bind(1, "").value(0));

  private DictMethods() {}

  private static Value get(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(2, "", "", "");
    return dict(bound).get(bound.value(1)).orElse(bound.at(2).orElse(Value.NONE));
  }

  private static Value view(Arguments arguments, Value.View.Kind kind) {
    return new Value.View(kind, dict(arguments.bind(1, "")));
  }

  private static Dict dict(Arguments.Bound bound) {
    if (bound.value(0) instanceof Value.Mapping(Dict dict)) {
      return dict;
    }
    throw Fault.of("a dict is needed, not '" + Types.name(bound.value(0)) + "'");
  }
}
