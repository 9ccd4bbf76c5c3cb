package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values of expressions. */
final class Evaluator {
  private final Render render;
  private final Meter meter;

  Evaluator(Render render) {
    this.render = render;
    this.meter = render.meter();
  }

  Value value(Expression expression, Scope scope) {
    if (expression instanceof Expression.Literal(Value value)) {
      return value;
    }
    if (expression instanceof Expression.Name(String name)) {
      meter.step();
      return scope.find(name).orElseGet(() -> Value.missing(name));
    }
    meter.enter();
    Value value = compound(expression, scope);
    meter.leave();
    return value;
  }

  private Value compound(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Literal(Value value) -> value;
      case Expression.Name(String name) -> scope.find(name).orElseGet(() -> Value.missing(name));
      case Expression.ListOf(List<Expression> items) -> Value.list(values(items, scope));
      case Expression.TupleOf(List<Expression> items) -> Value.tuple(values(items, scope));
      case Expression.DictOf(List<Expression> keys, List<Expression> values) ->
          dict(keys, values, scope);
      case Expression.Attribute(Expression target, String name) ->
          Attributes.dot(value(target, scope), name);
      case Expression.Item(Expression target, Expression index) ->
          Attributes.brackets(value(target, scope), value(index, scope));
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call(Expression target, Expression.CallArguments arguments) ->
          render.call(value(target, scope), arguments(arguments, scope));
      case Expression.Filtered(Expression input, Expression.Step step) ->
          filtered(value(input, scope), step, scope);
      case Expression.Tested(Expression input, Expression.Step step) ->
          Value.of(
              render.test(
                  step.name(), arguments(step.arguments(), scope).prepend(value(input, scope))));
      case Expression.Unary(Expression.Sign sign, Expression operand) ->
          signed(sign, value(operand, scope));
      case Expression.Not(Expression operand) -> Value.of(!Types.isTrue(value(operand, scope)));
      case Expression.Binary(Expression.Arithmetic o, Expression left, Expression right) ->
          Operators.apply(o, value(left, scope), value(right, scope), render);
      case Expression.And(Expression left, Expression right) -> {
        Value first = value(left, scope);
        yield Types.isTrue(first) ? value(right, scope) : first;
      }
      case Expression.Or(Expression left, Expression right) -> {
        Value first = value(left, scope);
        yield Types.isTrue(first) ? first : value(right, scope);
      }
      case Expression.Concat(List<Expression> parts) -> {
        TextBuilder out = new TextBuilder(meter);
        parts.forEach(p -> out.append(render.str(value(p, scope))));
        yield out.str();
      }
      case Expression.Compare(Expression first, List<Expression.Comparand> others) ->
          compare(first, others, scope);
      case Expression.Conditional(
              Expression test,
              Expression then,
              Optional<Expression> otherwise) -> {
        if (Types.isTrue(value(test, scope))) {
          yield value(then, scope);
        }
        yield otherwise.isPresent()
            ? value(otherwise.get(), scope)
            : new Value.Undefined(
                "the inline if-expression evaluated to false and no else section was defined");
      }
    };
  }

  private List<Value> values(List<Expression> expressions, Scope scope) {
    meter.items(expressions.size());
    List<Value> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Value dict(List<Expression> keys, List<Expression> values, Scope scope) {
    Dict dict = new Dict();
    for (int i = 0; i < keys.size(); i++) {
      Value key = value(keys.get(i), scope);
      dict.put(key, value(values.get(i), scope));
    }
    meter.items(8L * keys.size());
    return new Value.Mapping(dict);
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    return Sequences.slice(
        value(slice.target(), scope),
        slice.start().map(s -> value(s, scope)).orElse(Value.NONE),
        slice.stop().map(s -> value(s, scope)).orElse(Value.NONE),
        slice.step().map(s -> value(s, scope)).orElse(Value.NONE),
        meter);
  }

  Value filtered(Value input, Expression.Step step, Scope scope) {
    return render.filter(step.name(), arguments(step.arguments(), scope).prepend(input));
  }

  private static Value signed(Expression.Sign sign, Value value) {
    if (value instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    if (!Types.isNumber(value)) {
      throw Fault.of("bad operand type for a sign: '" + Types.name(value) + "'");
    }
    return sign == Expression.Sign.MINUS
        ? Numbers.negate(value)
        : value instanceof Value.Bool ? Numbers.add(value, Value.of(0)) : value;
  }

  private Value compare(Expression first, List<Expression.Comparand> others, Scope scope) {
    Value left = value(first, scope);
    for (Expression.Comparand other : others) {
      Value right = value(other.operand(), scope);
      if (!render.comparison().holds(other.relation(), left, right)) {
        return Value.FALSE;
      }
      left = right;
    }
    return Value.TRUE;
  }

  Arguments arguments(Expression.CallArguments given, Scope scope) {
    List<Value> positional = values(given.positional(), scope);
    given.starred().ifPresent(s -> positional.addAll(Sequences.list(value(s, scope), meter)));
    Map<String, Value> named = new LinkedHashMap<>();
    given.named().forEach(n -> named.put(n.name(), value(n.value(), scope)));
    given.doubleStarred().ifPresent(s -> spread(value(s, scope), named));
    return new Arguments(positional, named);
  }

  private static void spread(Value value, Map<String, Value> named) {
    if (!(value instanceof Value.Mapping(Dict dict))) {
      throw Fault.of("the argument after ** must be a mapping, not " + Types.name(value));
    }
    for (Dict.Entry entry : dict.entries()) {
      if (!(entry.key() instanceof Value.Str(String name, boolean _, var _))) {
        throw Fault.of("keywords must be strings");
      }
      if (named.put(name, entry.value()) != null) {
        throw Fault.of("the argument `" + name + "` is given twice");
      }
    }
  }
}
