package io.lorikeet.engine.text.template;

import java.util.List;
import java.util.Optional;

/** What has a value. */
sealed interface Expression extends Node {
  record Literal(Value value) implements Expression {}

  record Name(String name) implements Expression {}

  record ListOf(List<Expression> items) implements Expression {}

  record TupleOf(List<Expression> items) implements Expression {}

  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

  record Attribute(Expression target, String name) implements Expression {}

  record Item(Expression target, Expression index) implements Expression {}

  record Slice(
      Expression target,
      Optional<Expression> start,
      Optional<Expression> stop,
      Optional<Expression> step)
      implements Expression {}

  record Call(Expression target, CallArguments arguments) implements Expression {}

  record Filtered(Expression input, Step step) implements Expression {}

  record Tested(Expression input, Step step) implements Expression {}

  record Unary(Sign sign, Expression operand) implements Expression {}

  record Not(Expression operand) implements Expression {}

  record Binary(Arithmetic operator, Expression left, Expression right) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Concat(List<Expression> parts) implements Expression {}

  record Compare(Expression first, List<Comparand> others) implements Expression {}

  record Conditional(Expression test, Expression then, Optional<Expression> otherwise)
      implements Expression {}

  /** One filter or test of a chain. */
  record Step(String name, CallArguments arguments, int line) {}

  record Comparand(Relation relation, Expression operand) {}

  /**
   * What stands in the parentheses of a call.
   *
   * @param starred values of a list that follow the positional ones
   * @param doubleStarred entries of a dict that follow the named ones
   */
  record CallArguments(
      List<Expression> positional,
      List<Named> named,
      Optional<Expression> starred,
      Optional<Expression> doubleStarred) {
    static final CallArguments NONE =
        new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  record Named(String name, Expression value) {}

  enum Sign {
    PLUS,
    MINUS
  }

  enum Arithmetic {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("** or pow()");

    private final String symbol;

    Arithmetic(String symbol) {
      this.symbol = symbol;
    }

    String symbol() {
      return symbol;
    }
  }

  enum Relation {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    NOT_IN
  }
}
