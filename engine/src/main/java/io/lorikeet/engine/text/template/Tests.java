package io.lorikeet.engine.text.template;

import io.lorikeet.engine.text.template.Expression.Relation;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** All tests by name: what stands behind {@code is}. Source of their meaning: Jinja 3.1. */
final class Tests {
  private static final BigInteger SHARED_MIN = BigInteger.valueOf(-5);
  private static final BigInteger SHARED_MAX = BigInteger.valueOf(256);

  static final Map<String, Operation> ALL = all();

  private Tests() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("defined", about(v -> !Types.isUndefined(v)));
    all.put("undefined", about(Types::isUndefined));
    all.put("none", about(v -> v instanceof Value.None));
    all.put("boolean", about(v -> v instanceof Value.Bool));
    all.put("true", about(v -> v instanceof Value.Bool(boolean b) && b));
    all.put("false", about(v -> v instanceof Value.Bool(boolean b) && !b));
    all.put("integer", about(v -> v instanceof Value.Int));
    all.put("float", about(v -> v instanceof Value.Real));
    all.put("number", about(Types::isNumber));
    all.put("string", about(v -> v instanceof Value.Str));
    all.put("mapping", about(v -> v instanceof Value.Mapping));
    all.put("sequence", about(Types::isSequence));
    all.put("iterable", about(Types::isIterable));
    all.put("callable", about(Types::isCallable));
    all.put("escaped", about(v -> v instanceof Value.Str(String _, boolean safe, var _) && safe));
    all.put("lower", (a, r) -> Value.of(StringCases.isLower(r.text(a.bind(1, "").value(0)))));
    all.put("upper", (a, r) -> Value.of(StringCases.isUpper(r.text(a.bind(1, "").value(0)))));
    all.put("odd", (a, r) -> remainder(a.bind(1, "value").value(0), Value.of(2), 1, r));
    all.put("even", (a, r) -> remainder(a.bind(1, "value").value(0), Value.of(2), 0, r));
    all.put("divisibleby", Tests::divisible);
    all.put("sameas", (a, r) -> Value.of(same(a.bind(2, "value", "other"))));
    all.put(
        "filter",
        about(
            v -> v instanceof Value.Str(String n, boolean _, var _) && Filters.ALL.containsKey(n)));
    all.put("test", about(v -> v instanceof Value.Str(String n, boolean _, var _) && isTest(n)));
    all.put("in", relation(Relation.IN, "value", "seq"));
    names(all, Relation.EQUAL, "==", "eq", "equalto");
    names(all, Relation.NOT_EQUAL, "!=", "ne");
    names(all, Relation.GREATER, ">", "gt", "greaterthan");
    names(all, Relation.GREATER_OR_EQUAL, ">=", "ge");
    names(all, Relation.LESS, "<", "lt", "lessthan");
    names(all, Relation.LESS_OR_EQUAL, "<=", "le");
    return Map.copyOf(all);
  }

  private static boolean isTest(String name) {
    return ALL.containsKey(name);
  }

  private static Operation about(Predicate<Value> question) {
    return (a, r) -> Value.of(question.test(a.bind(1, "value").value(0)));
  }

  private static void names(Map<String, Operation> all, Relation relation, String... names) {
    for (String name : names) {
      all.put(name, relation(relation, "", ""));
    }
  }

  private static Operation relation(Relation relation, String left, String right) {
    return (arguments, render) -> {
      Arguments.Bound bound = arguments.bind(2, left, right);
      return Value.of(render.comparison().holds(relation, bound.value(0), bound.value(1)));
    };
  }

  private static Value divisible(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "value", "num");
    return remainder(bound.value(0), bound.value(1), 0, render);
  }

  private static Value remainder(Value value, Value divisor, long expected, Render render) {
    Value rest = Operators.apply(Expression.Arithmetic.MODULO, value, divisor, render);
    return Value.of(render.comparison().equal(rest, Value.of(expected)));
  }

  /** Python's {@code is}; where that depends on what its compiler shares, it is refused. */
  private static boolean same(Arguments.Bound bound) {
    Value value = bound.value(0);
    Value other = bound.value(1);
    if (Comparison.identical(value, other)) {
      return true;
    }
    boolean equal =
        switch (value) {
          case Value.None _, Value.Bool _ -> value.equals(other);
          case Value.Int(BigInteger i) -> {
            boolean shared = i.compareTo(SHARED_MIN) >= 0 && i.compareTo(SHARED_MAX) <= 0;
            if (shared || !value.equals(other)) {
              yield value.equals(other);
            }
            throw unclear(value);
          }
          case Value.Real _, Value.Str _, Value.Bytes _ -> {
            if (value.equals(other)) {
              throw unclear(value);
            }
            yield false;
          }
          case Value.Hosted(Host host) ->
              other instanceof Value.Hosted(Host o) && Comparison.identical(o, host);
          default -> false;
        };
    return equal;
  }

  private static Fault unclear(Value value) {
    return Fault.of(
        "`sameas` of two equal values of type " + Types.name(value) + " is not supported");
  }
}
