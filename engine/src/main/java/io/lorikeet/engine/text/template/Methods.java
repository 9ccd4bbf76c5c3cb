package io.lorikeet.engine.text.template;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The methods and attributes of Python's own types. */
final class Methods {
  private static final Map<String, Operation> TUPLE =
      Map.of("index", ListMethods::index, "count", ListMethods::count);
  private static final Map<String, Operation> LIST =
      Map.of("index", ListMethods::index, "count", ListMethods::count, "copy", (a, r) -> copy(a));
  private static final Map<String, Operation> BYTES = Map.of("decode", StringMethods::decode);

  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  // Attributes that Python has and this interpreter does not: using them fails by name.
  private static final Set<String> UNKNOWN_STR =
      Set.of("format_map", "isidentifier", "isnumeric", "maketrans", "translate", "istitle");
  private static final Set<String> UNKNOWN_DICT = Set.of("fromkeys");
  private static final Set<String> UNKNOWN_NUMBER =
      Set.of(
          "as_integer_ratio",
          "bit_count",
          "bit_length",
          "conjugate",
          "denominator",
          "from_bytes",
          "fromhex",
          "hex",
          "imag",
          "is_integer",
          "numerator",
          "real",
          "to_bytes");
  private static final Set<String> UNKNOWN_VIEW = Set.of("mapping", "isdisjoint");
  private static final Set<String> UNKNOWN_RANGE =
      Set.of("count", "index", "start", "step", "stop");
  private static final Set<String> UNKNOWN_STREAM =
      Set.of("close", "send", "throw", "gi_code", "gi_frame", "gi_running", "gi_yieldfrom");

  private Methods() {}

  /** The attribute of this name; empty if Python has none either. */
  static Optional<Value> find(Value value, String name) {
    return switch (value) {
      case Value.Str str ->
          StringMethods.find(str, name).or(() -> known(value, name, Map.of(), UNKNOWN_STR));
      case Value.ListOf _ when LIST_CHANGES.contains(name) ->
          Optional.of(Attributes.unsafe(value, name));
      case Value.ListOf _ -> known(value, name, LIST, Set.of());
      case Value.Tuple _ -> known(value, name, TUPLE, Set.of("_asdict"));
      case Value.Mapping _ when DICT_CHANGES.contains(name) ->
          Optional.of(Attributes.unsafe(value, name));
      case Value.Mapping _ -> known(value, name, DictMethods.ALL, UNKNOWN_DICT);
      case Value.Bool _, Value.Int _, Value.Real _ -> known(value, name, Map.of(), UNKNOWN_NUMBER);
      case Value.View _ -> known(value, name, Map.of(), UNKNOWN_VIEW);
      case Value.Range _ -> known(value, name, Map.of(), UNKNOWN_RANGE);
      case Value.Stream _ -> known(value, name, Map.of(), UNKNOWN_STREAM);
      case Value.Bytes _ -> bytes(value, name);
      case Value.None _, Value.Undefined _, Value.Function _, Value.Hosted _ -> Optional.empty();
    };
  }

  private static Optional<Value> bytes(Value value, String name) {
    Optional<Value> method = known(value, name, BYTES, Set.of());
    if (method.isEmpty()) {
      throw Fault.of("attributes of bytes other than `decode` are not supported");
    }
    return method;
  }

  private static Optional<Value> known(
      Value value, String name, Map<String, Operation> methods, Set<String> unknown) {
    if (unknown.contains(name)) {
      throw Fault.of("`" + name + "` of " + Types.name(value) + " is not supported");
    }
    return Optional.ofNullable(methods.get(name)).map(m -> bound(value, name, m));
  }

  static Value bound(Value self, String name, Operation method) {
    return new Value.Function(name, (a, r) -> method.apply(a.prepend(self), r));
  }

  private static Value copy(Arguments arguments) {
    return arguments.bind(1, "").value(0);
  }
}
