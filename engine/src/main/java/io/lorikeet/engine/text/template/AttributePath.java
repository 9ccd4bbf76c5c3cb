package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The {@code attribute} argument of filters: {@code 'a.b.0'} or a number, looked up in brackets.
 */
final class AttributePath {
  private AttributePath() {}

  /**
   * @param attribute none for the value itself
   * @param otherwise stands for what is undefined on the way
   */
  static UnaryOperator<Value> of(Optional<Value> attribute, Optional<Value> otherwise) {
    Optional<Value> given = attribute.filter(a -> !(a instanceof Value.None));
    Optional<Value> fallback = otherwise.filter(o -> !(o instanceof Value.None));
    if (given.isEmpty()) {
      return value -> value;
    }
    List<Value> parts =
        given.get() instanceof Value.Str(String path, boolean _, var _)
            ? parts(path)
            : List.of(given.get());
    return value -> {
      Value found = value;
      for (Value part : parts) {
        found = Attributes.brackets(found, part);
        if (fallback.isPresent() && Types.isUndefined(found)) {
          found = fallback.get();
        }
      }
      return found;
    };
  }

  /** Several paths, separated by commas, give a list to sort by. */
  static UnaryOperator<Value> several(Optional<Value> attribute, UnaryOperator<Value> each) {
    if (!(attribute.orElse(Value.NONE) instanceof Value.Str(String paths, boolean _, var _))) {
      UnaryOperator<Value> one = of(attribute, Optional.empty());
      return value -> each.apply(one.apply(value));
    }
    List<UnaryOperator<Value>> all = new ArrayList<>();
    for (String path : paths.split(",", -1)) {
      all.add(of(Optional.of(Value.literal(path)), Optional.empty()));
    }
    return value -> Value.list(all.stream().map(p -> each.apply(p.apply(value))).toList());
  }

  private static List<Value> parts(String path) {
    List<Value> parts = new ArrayList<>();
    for (String part : path.split("\\.", -1)) {
      boolean number =
          !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
      parts.add(number ? Value.of(Long.parseLong(part)) : Value.literal(part));
    }
    return parts;
  }

  /** For comparisons that do not care for case. */
  static UnaryOperator<Value> key(boolean caseSensitive) {
    return value ->
        !caseSensitive && value instanceof Value.Str(String text, boolean _, var _)
            ? Value.derived(StringCases.lower(text), value)
            : value;
  }
}
