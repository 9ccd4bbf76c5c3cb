package io.lorikeet.engine.text.template;

import java.util.Optional;
import java.util.Set;

/**
 * Attributes and elements, as the sandbox gives them out: a dot asks for the attribute first,
 * brackets for the element first; what is unsafe or missing is undefined.
 */
final class Attributes {
  private static final Set<String> OBJECT =
      Set.of(
          "__class__",
          "__delattr__",
          "__dir__",
          "__doc__",
          "__eq__",
          "__format__",
          "__ge__",
          "__getattribute__",
          "__getstate__",
          "__gt__",
          "__hash__",
          "__init__",
          "__init_subclass__",
          "__le__",
          "__lt__",
          "__ne__",
          "__new__",
          "__reduce__",
          "__reduce_ex__",
          "__repr__",
          "__setattr__",
          "__sizeof__",
          "__str__",
          "__subclasshook__");
  private static final Set<String> CONTAINER =
      Set.of(
          "__contains__",
          "__getitem__",
          "__iter__",
          "__len__",
          "__delitem__",
          "__setitem__",
          "__reversed__",
          "__or__",
          "__ror__",
          "__ior__",
          "__class_getitem__");

  private Attributes() {}

  /** {@code value.name}. */
  static Value dot(Value value, String name) {
    Optional<Value> attribute =
        value instanceof Value.Undefined && !isReserved(name)
            ? Optional.empty()
            : attribute(value, name);
    if (attribute.isPresent()) {
      return attribute.get();
    }
    if (value instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    return element(value, Value.literal(name)).orElseGet(() -> missing(value, name));
  }

  /** {@code value[index]}. */
  static Value brackets(Value value, Value index) {
    if (value instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    Optional<Value> element = element(value, index);
    if (element.isPresent()) {
      return element.get();
    }
    return index instanceof Value.Str(String name, boolean _, var _)
        ? attribute(value, name).orElseGet(() -> missing(value, name))
        : new Value.Undefined(
            "'" + Types.name(value) + " object' has no element of this " + Types.name(index));
  }

  private static Optional<Value> element(Value value, Value index) {
    return value instanceof Value.Hosted(Blocks blocks)
        ? blocks.element(index)
        : Sequences.at(value, index);
  }

  /** What Python's {@code getattr} finds; methods that change a value are undefined. */
  static Optional<Value> attribute(Value value, String name) {
    if (isReserved(name)) {
      boolean known =
          OBJECT.contains(name)
              || (CONTAINER.contains(name) && Types.isSequence(value))
              || (value instanceof Value.Hosted && !(value instanceof Value.Hosted(Namespace _)));
      return known ? Optional.of(unsafe(value, name)) : Optional.empty();
    }
    if (value instanceof Value.Hosted(Host host)) {
      return host.attribute(name);
    }
    if (value instanceof Value.Tuple tuple && tuple.names().contains(name)) {
      return Optional.of(tuple.items().get(tuple.names().indexOf(name)));
    }
    return Methods.find(value, name);
  }

  private static boolean isReserved(String name) {
    return name.startsWith("_");
  }

  static Value unsafe(Value value, String name) {
    return new Value.Undefined(
        "access to attribute '%s' of '%s' object is unsafe.".formatted(name, Types.name(value)));
  }

  private static Value missing(Value value, String name) {
    String what = value instanceof Value.None ? "'None'" : "'" + Types.name(value) + " object'";
    return new Value.Undefined(what + " has no attribute '" + name + "'");
  }
}
