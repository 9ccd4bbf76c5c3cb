package io.lorikeet.engine.text.template;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Filters that apply another filter or a test to each value, as the values are asked for. */
final class SelectionFilters {
  static final Map<String, Operation> ALL =
      Map.of(
          "map", SelectionFilters::map,
          "select", (a, r) -> select(a, r, false, true),
          "reject", (a, r) -> select(a, r, false, false),
          "selectattr", (a, r) -> select(a, r, true, true),
          "rejectattr", (a, r) -> select(a, r, true, false));

  private SelectionFilters() {}

  private static Value map(Arguments arguments, Render render) {
    Value input = arguments.first();
    Arguments rest = arguments.drop(1);
    UnaryOperator<Value> change;
    if (rest.positional().isEmpty() && rest.named().containsKey("attribute")) {
      Arguments.Bound bound = rest.bind(0, "attribute", "default");
      change = AttributePath.of(bound.at(0), bound.at(1));
    } else {
      String name = name(rest);
      Arguments given = rest.drop(1);
      change = value -> render.filter(name, given.prepend(value));
    }
    if (!Types.isTrue(input)) {
      return Generated.stream(render.meter(), Optional::empty);
    }
    Iterator<Value> values = Sequences.iterator(input, render.meter());
    return Generated.stream(
        render.meter(),
        () -> values.hasNext() ? Optional.of(change.apply(values.next())) : Optional.empty());
  }

  private static String name(Arguments arguments) {
    if (arguments.first() instanceof Value.Str(String name, boolean _, var _)) {
      return name;
    }
    throw Fault.of("the name of a filter or test must be a string");
  }

  private static Value select(
      Arguments arguments, Render render, boolean byAttribute, boolean keep) {
    Value input = arguments.first();
    if (!Types.isTrue(input)) {
      return Generated.stream(render.meter(), Optional::empty);
    }
    Arguments rest = arguments.drop(1);
    UnaryOperator<Value> path = value -> value;
    if (byAttribute) {
      path = AttributePath.of(Optional.of(rest.first()), Optional.empty());
      rest = rest.drop(1);
    }
    Predicate<Value> test = test(rest, render);
    UnaryOperator<Value> tested = path;
    Iterator<Value> values = Sequences.iterator(input, render.meter());
    return Generated.stream(
        render.meter(),
        () -> {
          while (values.hasNext()) {
            render.meter().step();
            Value value = values.next();
            if (test.test(tested.apply(value)) == keep) {
              return Optional.of(value);
            }
          }
          return Optional.empty();
        });
  }

  private static Predicate<Value> test(Arguments rest, Render render) {
    if (rest.positional().isEmpty()) {
      return Types::isTrue;
    }
    String name = name(rest);
    Arguments given = rest.drop(1);
    return value -> render.test(name, given.prepend(value));
  }
}
