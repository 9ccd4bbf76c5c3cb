package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of a call: by position and by name. */
record Arguments(List<Value> positional, Map<String, Value> named) {
  Arguments {
    positional = Collections.unmodifiableList(positional);
    named = Collections.unmodifiableMap(named);
  }

  static Arguments of(Value... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  Arguments prepend(Value first) {
    List<Value> all = new ArrayList<>(positional.size() + 1);
    all.add(first);
    all.addAll(positional);
    return new Arguments(all, named);
  }

  /** Without the first ones by position. */
  Arguments drop(int count) {
    return new Arguments(positional.subList(count, positional.size()), named);
  }

  Arguments withoutNamed(String... names) {
    Map<String, Value> rest = new LinkedHashMap<>(named);
    for (String name : names) {
      rest.remove(name);
    }
    return new Arguments(positional, rest);
  }

  Value first() {
    if (positional.isEmpty()) {
      throw Fault.of("missing a positional argument");
    }
    return positional.getFirst();
  }

  /**
   * Gives each parameter its argument.
   *
   * @param required how many parameters have no default
   * @param parameters their names; an empty one can be given by position only
   */
  Bound bind(int required, String... parameters) {
    if (positional.size() > parameters.length) {
      throw Fault.of(
          "takes at most %d arguments. Given: %d".formatted(parameters.length, positional.size()));
    }
    List<Optional<Value>> bound = new ArrayList<>();
    Map<String, Value> rest = new LinkedHashMap<>(named);
    for (int i = 0; i < parameters.length; i++) {
      Optional<Value> byName =
          parameters[i].isEmpty()
              ? Optional.empty()
              : Optional.ofNullable(rest.remove(parameters[i]));
      Optional<Value> byPosition =
          i < positional.size() ? Optional.of(positional.get(i)) : Optional.empty();
      if (byName.isPresent() && byPosition.isPresent()) {
        throw Fault.of("the argument `" + parameters[i] + "` is given twice");
      }
      if (i < required && byName.isEmpty() && byPosition.isEmpty()) {
        throw Fault.of("missing the argument number " + (i + 1) + " (`" + parameters[i] + "`)");
      }
      bound.add(byPosition.or(() -> byName));
    }
    if (!rest.isEmpty()) {
      throw Fault.of("unexpected argument `" + rest.keySet().iterator().next() + "`");
    }
    return new Bound(bound);
  }

  /** Arguments in the order of the parameters; empty where the default is to be taken. */
  record Bound(List<Optional<Value>> values) {
    Optional<Value> at(int index) {
      return values.get(index);
    }

    Value value(int index) {
      return values.get(index).orElseThrow(() -> Fault.of("missing an argument"));
    }

    boolean flag(int index, boolean otherwise) {
      return at(index).map(Types::isTrue).orElse(otherwise);
    }

    int integer(int index, int otherwise) {
      return at(index).map(Numbers::index).orElse(otherwise);
    }

    /** A string argument; other types fail. */
    Value.Str str(int index) {
      return str(value(index));
    }

    String text(int index) {
      return str(index).text();
    }

    Optional<String> optionalText(int index) {
      return at(index).filter(v -> !(v instanceof Value.None)).map(v -> str(v).text());
    }

    private static Value.Str str(Value value) {
      if (value instanceof Value.Str str) {
        return str;
      }
      throw Fault.of("must be str, not " + Types.name(value));
    }
  }
}
