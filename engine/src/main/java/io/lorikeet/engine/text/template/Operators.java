package io.lorikeet.engine.text.template;

import io.lorikeet.engine.text.template.Expression.Arithmetic;
import java.util.ArrayList;
import java.util.List;

/** Arithmetic between values of any types. */
final class Operators {
  private Operators() {}

  static Value apply(Arithmetic operator, Value left, Value right, Render render) {
    if (operator == Arithmetic.MODULO && left instanceof Value.Str format) {
      return PercentFormat.format(format, right, render);
    }
    if (left instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    if (right instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return switch (operator) {
        case ADD -> Numbers.add(left, right);
        case SUBTRACT -> Numbers.subtract(left, right);
        case MULTIPLY -> Numbers.multiply(left, right);
        case DIVIDE -> Numbers.divide(left, right);
        case FLOOR_DIVIDE -> Numbers.floorDivide(left, right);
        case MODULO -> Numbers.modulo(left, right);
        case POWER -> Numbers.power(left, right);
      };
    }
    if (operator == Arithmetic.ADD) {
      return concatenate(left, right, render.meter());
    }
    if (operator == Arithmetic.MULTIPLY && Numbers.integer(right).isPresent()) {
      return repeat(left, right, render.meter());
    }
    if (operator == Arithmetic.MULTIPLY && Numbers.integer(left).isPresent()) {
      return repeat(right, left, render.meter());
    }
    throw unsupported(operator, left, right);
  }

  private static Fault unsupported(Arithmetic operator, Value left, Value right) {
    return Fault.of(
        "unsupported operand type(s) for %s: '%s' and '%s'"
            .formatted(operator.symbol(), Types.name(left), Types.name(right)));
  }

  private static Value concatenate(Value left, Value right, Meter meter) {
    if (left instanceof Value.Str a) {
      if (!(right instanceof Value.Str b)) {
        throw Fault.of("can only concatenate str (not \"" + Types.name(right) + "\") to str");
      }
      Value.Str first = b.safe() ? Markup.escaped(a, meter) : a;
      Value.Str second = a.safe() ? Markup.escaped(b, meter) : b;
      meter.chars((long) first.text().length() + second.text().length());
      return first.followedBy(second);
    }
    if (left instanceof Value.ListOf(List<Value> a)
        && right instanceof Value.ListOf(List<Value> b)) {
      return Value.list(joined(a, b, meter));
    }
    if (left instanceof Value.Tuple(List<Value> a, var _)
        && right instanceof Value.Tuple(List<Value> b, var _)) {
      return Value.tuple(joined(a, b, meter));
    }
    throw unsupported(Arithmetic.ADD, left, right);
  }

  private static List<Value> joined(List<Value> a, List<Value> b, Meter meter) {
    meter.items((long) a.size() + b.size());
    List<Value> all = new ArrayList<>(a.size() + b.size());
    all.addAll(a);
    all.addAll(b);
    return all;
  }

  private static Value repeat(Value value, Value count, Meter meter) {
    int times = Math.max(0, Numbers.index(count));
    return switch (value) {
      case Value.Str(String text, boolean safe, var _) -> {
        meter.chars((long) text.length() * times);
        yield Value.derived(text.repeat(times), value).marked(safe);
      }
      case Value.ListOf(List<Value> items) -> Value.list(repeated(items, times, meter));
      case Value.Tuple(List<Value> items, var _) -> Value.tuple(repeated(items, times, meter));
      default -> throw unsupported(Arithmetic.MULTIPLY, value, count);
    };
  }

  private static List<Value> repeated(List<Value> items, int times, Meter meter) {
    meter.items((long) items.size() * times);
    List<Value> all = new ArrayList<>(items.size() * times);
    for (int i = 0; i < times && !items.isEmpty(); i++) {
      all.addAll(items);
    }
    return all;
  }
}
