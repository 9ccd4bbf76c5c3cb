package io.lorikeet.engine.text.template;

import io.lorikeet.engine.text.template.Expression.Relation;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Equality, order and membership as in Python. */
final class Comparison {
  private final Meter meter;

  Comparison(Meter meter) {
    this.meter = meter;
  }

  boolean holds(Relation relation, Value left, Value right) {
    return switch (relation) {
      case EQUAL -> equal(left, right);
      case NOT_EQUAL -> !equal(left, right);
      case LESS -> ordered(left, right, relation, "<");
      case LESS_OR_EQUAL -> ordered(left, right, relation, "<=");
      case GREATER -> ordered(left, right, relation, ">");
      case GREATER_OR_EQUAL -> ordered(left, right, relation, ">=");
      case IN -> contains(right, left);
      case NOT_IN -> !contains(right, left);
    };
  }

  /** Python's {@code is}: the same object, whatever it is equal to. */
  @SuppressWarnings("ReferenceEquality")
  static boolean identical(Object left, Object right) {
    return left == right;
  }

  boolean equal(Value left, Value right) {
    return equal(left, right, 0);
  }

  private boolean equal(Value left, Value right, int depth) {
    meter.checkValueDepth(depth);
    meter.step();
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return Numbers.compare(left, right).filter(c -> c == 0).isPresent();
    }
    return switch (left) {
      case Value.Str(String text, boolean _, var _) -> {
        meter.chars(text.length());
        yield right instanceof Value.Str(String other, boolean _, var _) && text.equals(other);
      }
      case Value.Undefined _ -> right instanceof Value.Undefined;
      case Value.None _ -> right instanceof Value.None;
      case Value.Bytes bytes -> bytes.equals(right);
      case Value.ListOf(List<Value> items) ->
          right instanceof Value.ListOf(List<Value> others) && equal(items, others, depth);
      case Value.Tuple(List<Value> items, var _) ->
          right instanceof Value.Tuple(List<Value> others, var _) && equal(items, others, depth);
      case Value.Mapping(Dict dict) ->
          right instanceof Value.Mapping(Dict other) && equal(dict, other, depth);
      case Value.Range range ->
          right instanceof Value.Range other
              && equal(Sequences.list(range, meter), Sequences.list(other, meter), depth);
      case Value.View _ -> {
        if (right instanceof Value.View) {
          throw Fault.of("comparing views of dicts is not supported");
        }
        yield false;
      }
      case Value.Hosted(Host host) ->
          right instanceof Value.Hosted(Host other) && identical(host, other);
      case Value.Function _, Value.Stream _ -> identical(left, right);
      case Value.Bool _, Value.Int _, Value.Real _ -> false;
    };
  }

  private boolean equal(List<Value> left, List<Value> right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!identical(left.get(i), right.get(i)) && !equal(left.get(i), right.get(i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private boolean equal(Dict left, Dict right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Dict.Entry entry : left.entries()) {
      Optional<Value> other = right.get(entry.key());
      if (other.isEmpty()
          || (!identical(entry.value(), other.get())
              && !equal(entry.value(), other.get(), depth + 1))) {
        return false;
      }
    }
    return true;
  }

  boolean less(Value left, Value right) {
    return ordered(left, right, Relation.LESS, "<");
  }

  private boolean ordered(Value left, Value right, Relation relation, String symbol) {
    Optional<Integer> order = order(left, right, symbol, 0);
    return order.isPresent()
        && switch (relation) {
          case LESS -> order.get() < 0;
          case LESS_OR_EQUAL -> order.get() <= 0;
          case GREATER -> order.get() > 0;
          case GREATER_OR_EQUAL -> order.get() >= 0;
          case EQUAL, NOT_EQUAL, IN, NOT_IN -> throw new IllegalArgumentException("no order");
        };
  }

  /** Empty: neither is less, nor are they equal (not a number). */
  private Optional<Integer> order(Value left, Value right, String symbol, int depth) {
    meter.checkValueDepth(depth);
    meter.step();
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return Numbers.compare(left, right);
    }
    if (left instanceof Value.Str(String a, boolean _, var _)
        && right instanceof Value.Str(String b, boolean _, var _)) {
      meter.chars(Math.min(a.length(), b.length()));
      return Optional.of(byCodePoints(a, b));
    }
    if (left instanceof Value.ListOf(List<Value> a)
        && right instanceof Value.ListOf(List<Value> b)) {
      return order(a, b, symbol, depth);
    }
    if (left instanceof Value.Tuple(List<Value> a, var _)
        && right instanceof Value.Tuple(List<Value> b, var _)) {
      return order(a, b, symbol, depth);
    }
    if (left instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    if (right instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    throw Fault.of(
        "'%s' not supported between instances of '%s' and '%s'"
            .formatted(symbol, Types.name(left), Types.name(right)));
  }

  private Optional<Integer> order(List<Value> left, List<Value> right, String symbol, int depth) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i), depth + 1)) {
        return order(left.get(i), right.get(i), symbol, depth + 1);
      }
    }
    return Optional.of(Integer.compare(left.size(), right.size()));
  }

  static int byCodePoints(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for higher code points than all other units.
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  boolean contains(Value container, Value item) {
    return switch (container) {
      case Value.Str(String text, boolean _, var _) -> {
        if (item instanceof Value.Str(String part, boolean _, var _)) {
          meter.chars(text.length());
          yield text.contains(part);
        }
        throw Fault.of("'in <string>' requires string as left operand, not " + Types.name(item));
      }
      case Value.Mapping(Dict dict) -> dict.contains(item);
      case Value.View(Value.View.Kind kind, Dict dict) when kind == Value.View.Kind.KEYS ->
          dict.contains(item);
      case Value.None _,
          Value.Bool _,
          Value.Int _,
          Value.Real _,
          Value.Function _,
          Value.Hosted _ ->
          throw Fault.of("argument of type '" + Types.name(container) + "' is not iterable");
      case Value.Undefined _,
          Value.ListOf _,
          Value.Tuple _,
          Value.Range _,
          Value.View _,
          Value.Stream _,
          Value.Bytes _ ->
          among(Sequences.iterator(container, meter), item);
    };
  }

  private boolean among(Iterator<Value> values, Value item) {
    while (values.hasNext()) {
      Value value = values.next();
      if (identical(value, item) || equal(value, item)) {
        return true;
      }
    }
    return false;
  }
}
