package io.lorikeet.engine.text.template;

import io.lorikeet.engine.text.template.Expression.Arithmetic;
import io.lorikeet.engine.text.template.Expression.Relation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Expressions, from the loosest binding ({@code a if b else c}) to {@code **}; {@link
 * OperandParser} goes on with what stands between operators. Source: the grammar of Jinja 3.1.
 */
final class ExpressionParser {
  private final TokenStream in;
  private final OperandParser operands;

  ExpressionParser(TokenStream in) {
    this.in = in;
    this.operands = new OperandParser(in, this);
  }

  OperandParser operands() {
    return operands;
  }

  Expression expression() {
    in.enter();
    Expression expression = or();
    while (in.skipName("if")) {
      Expression test = or();
      Optional<Expression> otherwise =
          in.skipName("else") ? Optional.of(expression()) : Optional.empty();
      expression = new Expression.Conditional(test, expression, otherwise);
    }
    in.leave();
    return expression;
  }

  /** One expression or, with commas, a tuple; ends before one of the names given. */
  Expression tuple(boolean conditional, Set<String> endNames) {
    return tuple(conditional ? this::expression : this::guardedOr, endNames, false);
  }

  Expression parenthesized() {
    return tuple(this::expression, Set.of(), true);
  }

  private Expression tuple(Supplier<Expression> item, Set<String> endNames, boolean mayBeEmpty) {
    List<Expression> items = new ArrayList<>();
    boolean comma = false;
    while (true) {
      if (!items.isEmpty()) {
        in.expectOperator(",");
        comma = true;
      }
      if (atTupleEnd(endNames)) {
        break;
      }
      items.add(item.get());
      if (!in.current().isOperator(",")) {
        break;
      }
    }
    if (!comma && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !mayBeEmpty) {
      throw in.fault("expected an expression, got " + in.current().described());
    }
    return new Expression.TupleOf(items);
  }

  boolean atTupleEnd(Set<String> endNames) {
    Token token = in.current();
    return token.is(Token.Kind.PRINT_END)
        || token.is(Token.Kind.BLOCK_END)
        || token.isOperator(")")
        || (token.is(Token.Kind.NAME) && endNames.contains(token.text()));
  }

  private Expression guardedOr() {
    in.enter();
    Expression expression = or();
    in.leave();
    return expression;
  }

  private Expression or() {
    Expression left = and();
    while (in.skipName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (in.skipName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    if (!in.skipName("not")) {
      return comparison();
    }
    in.enter();
    Expression operand = not();
    in.leave();
    return new Expression.Not(operand);
  }

  private Expression comparison() {
    Expression first = sum();
    List<Expression.Comparand> others = new ArrayList<>();
    for (Optional<Relation> r = relation(); r.isPresent(); r = relation()) {
      others.add(new Expression.Comparand(r.get(), sum()));
    }
    return others.isEmpty() ? first : new Expression.Compare(first, others);
  }

  private Optional<Relation> relation() {
    Token token = in.current();
    if (token.isName("not") && in.look().isName("in")) {
      in.next();
      in.next();
      return Optional.of(Relation.NOT_IN);
    }
    if (in.skipName("in")) {
      return Optional.of(Relation.IN);
    }
    if (!token.is(Token.Kind.OPERATOR)) {
      return Optional.empty();
    }
    Optional<Relation> relation =
        Optional.ofNullable(
            switch (token.text()) {
              case "==" -> Relation.EQUAL;
              case "!=" -> Relation.NOT_EQUAL;
              case "<" -> Relation.LESS;
              case "<=" -> Relation.LESS_OR_EQUAL;
              case ">" -> Relation.GREATER;
              case ">=" -> Relation.GREATER_OR_EQUAL;
              default -> null;
            });
    relation.ifPresent(r -> in.next());
    return relation;
  }

  private Expression sum() {
    Expression left = concatenation();
    while (true) {
      if (in.skipOperator("+")) {
        left = new Expression.Binary(Arithmetic.ADD, left, concatenation());
      } else if (in.skipOperator("-")) {
        left = new Expression.Binary(Arithmetic.SUBTRACT, left, concatenation());
      } else {
        return left;
      }
    }
  }

  private Expression concatenation() {
    List<Expression> parts = new ArrayList<>();
    parts.add(product());
    while (in.skipOperator("~")) {
      parts.add(product());
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Concat(parts);
  }

  private Expression product() {
    Expression left = power();
    while (true) {
      if (in.skipOperator("*")) {
        left = new Expression.Binary(Arithmetic.MULTIPLY, left, power());
      } else if (in.skipOperator("/")) {
        left = new Expression.Binary(Arithmetic.DIVIDE, left, power());
      } else if (in.skipOperator("//")) {
        left = new Expression.Binary(Arithmetic.FLOOR_DIVIDE, left, power());
      } else if (in.skipOperator("%")) {
        left = new Expression.Binary(Arithmetic.MODULO, left, power());
      } else {
        return left;
      }
    }
  }

  private Expression power() {
    Expression left = unary(true);
    while (in.skipOperator("**")) {
      left = new Expression.Binary(Arithmetic.POWER, left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    in.enter();
    Expression expression;
    if (in.skipOperator("-")) {
      expression = new Expression.Unary(Expression.Sign.MINUS, unary(false));
    } else if (in.skipOperator("+")) {
      expression = new Expression.Unary(Expression.Sign.PLUS, unary(false));
    } else {
      expression = operands.primary();
    }
    expression = operands.postfix(expression);
    if (withFilters) {
      expression = operands.filters(expression);
    }
    in.leave();
    return expression;
  }

  Expression integer(Token token) {
    String digits = token.text();
    int radix = 10;
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      radix =
          switch (digits.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 10;
          };
    }
    if (digits.length() > Numbers.DIGITS_MAX) {
      throw Fault.atLine(
          token.line(), "an integer must have at most " + Numbers.DIGITS_MAX + " digits");
    }
    BigInteger value = new BigInteger(radix == 10 ? digits : digits.substring(2), radix);
    return new Expression.Literal(new Value.Int(value));
  }
}
