package io.lorikeet.engine.text.template;

import io.lorikeet.engine.text.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What stands between operators: literals, names, subscripts, calls, filters and tests. */
final class OperandParser {
  private final TokenStream in;
  private final ExpressionParser expressions;

  OperandParser(TokenStream in, ExpressionParser expressions) {
    this.in = in;
    this.expressions = expressions;
  }

  Expression primary() {
    Token token = in.current();
    return switch (token.kind()) {
      case NAME -> name(in.next());
      case STRING -> string();
      case INTEGER -> expressions.integer(in.next());
      case FLOAT -> new Expression.Literal(Value.of(Double.parseDouble(in.next().text())));
      case OPERATOR -> bracketed(token);
      case DATA, PRINT_BEGIN, PRINT_END, BLOCK_BEGIN, BLOCK_END, END ->
          throw in.fault("unexpected " + token.described());
    };
  }

  private static Expression name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(Value.TRUE);
      case "false", "False" -> new Expression.Literal(Value.FALSE);
      case "none", "None" -> new Expression.Literal(Value.NONE);
      default -> new Expression.Name(token.text());
    };
  }

  private Expression string() {
    StringBuilder text = new StringBuilder();
    while (in.current().is(Token.Kind.STRING)) {
      text.append(in.next().text());
    }
    return new Expression.Literal(Value.literal(text.toString()));
  }

  private Expression bracketed(Token token) {
    if (in.skipOperator("(")) {
      Expression inside = expressions.parenthesized();
      in.expectOperator(")");
      return inside;
    }
    if (in.skipOperator("[")) {
      return list();
    }
    if (in.skipOperator("{")) {
      return dict();
    }
    throw in.fault("unexpected " + token.described());
  }

  private Expression list() {
    List<Expression> items = new ArrayList<>();
    while (!in.current().isOperator("]")) {
      if (!items.isEmpty()) {
        in.expectOperator(",");
        if (in.current().isOperator("]")) {
          break;
        }
      }
      items.add(expressions.expression());
    }
    in.expectOperator("]");
    return new Expression.ListOf(items);
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!in.current().isOperator("}")) {
      if (!keys.isEmpty()) {
        in.expectOperator(",");
        if (in.current().isOperator("}")) {
          break;
        }
      }
      keys.add(expressions.expression());
      in.expectOperator(":");
      values.add(expressions.expression());
    }
    in.expectOperator("}");
    return new Expression.DictOf(keys, values);
  }

  /** Attributes, subscripts and calls. */
  Expression postfix(Expression operand) {
    Expression result = operand;
    while (true) {
      if (in.skipOperator(".")) {
        result = attribute(result);
      } else if (in.skipOperator("[")) {
        result = subscript(result);
      } else if (in.current().isOperator("(")) {
        result = new Expression.Call(result, callArguments());
      } else {
        return result;
      }
    }
  }

  private Expression attribute(Expression target) {
    Token token = in.next();
    if (token.is(Token.Kind.NAME)) {
      return new Expression.Attribute(target, token.text());
    }
    if (token.is(Token.Kind.INTEGER)) {
      return new Expression.Item(target, expressions.integer(token));
    }
    throw Fault.atLine(token.line(), "expected a name or number, got " + token.described());
  }

  private Expression subscript(Expression target) {
    List<Expression> indices = new ArrayList<>();
    boolean slice = false;
    Expression result = target;
    while (!in.current().isOperator("]")) {
      if (slice || !indices.isEmpty()) {
        in.expectOperator(",");
        if (slice) {
          throw in.fault("a slice among several subscripts is not supported");
        }
      }
      Optional<Expression> start =
          in.current().isOperator(":") ? Optional.empty() : Optional.of(expressions.expression());
      if (!in.skipOperator(":")) {
        indices.add(start.orElseThrow());
        continue;
      }
      if (!indices.isEmpty()) {
        throw in.fault("a slice among several subscripts is not supported");
      }
      slice = true;
      Optional<Expression> stop = sliceBound();
      Optional<Expression> step = in.skipOperator(":") ? sliceBound() : Optional.empty();
      result = new Expression.Slice(target, start, stop, step);
    }
    in.expectOperator("]");
    if (slice) {
      return result;
    }
    Expression index =
        indices.size() == 1 ? indices.getFirst() : new Expression.TupleOf(List.copyOf(indices));
    return new Expression.Item(target, index);
  }

  private Optional<Expression> sliceBound() {
    Token token = in.current();
    boolean absent = token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    return absent ? Optional.empty() : Optional.of(expressions.expression());
  }

  /** Filters, tests, and calls of what they give. */
  Expression filters(Expression operand) {
    Expression result = operand;
    while (true) {
      if (in.skipOperator("|")) {
        result = new Expression.Filtered(result, step(true));
      } else if (in.skipName("is")) {
        result = test(result);
      } else if (in.current().isOperator("(")) {
        result = new Expression.Call(result, callArguments());
      } else {
        return result;
      }
    }
  }

  /** One filter: its name, and arguments in parentheses. */
  Expression.Step step(boolean filter) {
    int line = in.current().line();
    StringBuilder name = new StringBuilder(in.expect(Token.Kind.NAME).text());
    while (in.skipOperator(".")) {
      name.append('.').append(in.expect(Token.Kind.NAME).text());
    }
    CallArguments arguments = CallArguments.NONE;
    if (in.current().isOperator("(")) {
      arguments = callArguments();
    } else if (!filter && argumentFollows()) {
      Expression argument = postfix(primary());
      arguments =
          new CallArguments(List.of(argument), List.of(), Optional.empty(), Optional.empty());
    }
    return new Expression.Step(name.toString(), arguments, line);
  }

  private Expression test(Expression operand) {
    boolean negated = in.skipName("not");
    Expression tested = new Expression.Tested(operand, step(false));
    return negated ? new Expression.Not(tested) : tested;
  }

  private boolean argumentFollows() {
    Token token = in.current();
    if (token.isName("is")) {
      throw in.fault("tests can't be chained with `is`");
    }
    return switch (token.kind()) {
      case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      case DATA, PRINT_BEGIN, PRINT_END, BLOCK_BEGIN, BLOCK_END, END -> false;
    };
  }

  CallArguments callArguments() {
    in.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Expression.Named> named = new ArrayList<>();
    Optional<Expression> starred = Optional.empty();
    Optional<Expression> doubleStarred = Optional.empty();
    boolean first = true;
    while (!in.current().isOperator(")")) {
      if (!first) {
        in.expectOperator(",");
        if (in.current().isOperator(")")) {
          break;
        }
      }
      first = false;
      boolean keyword = in.current().is(Token.Kind.NAME) && in.look().isOperator("=");
      if (doubleStarred.isPresent() || (starred.isPresent() && !keyword && !atDoubleStar())) {
        throw in.fault("invalid syntax in the arguments of a call");
      }
      if (in.skipOperator("*")) {
        starred = Optional.of(expressions.expression());
      } else if (in.skipOperator("**")) {
        doubleStarred = Optional.of(expressions.expression());
      } else if (keyword) {
        named.add(keyword(named));
      } else if (!named.isEmpty()) {
        throw in.fault("a positional argument follows a named one");
      } else {
        positional.add(expressions.expression());
      }
    }
    in.expectOperator(")");
    return new CallArguments(positional, named, starred, doubleStarred);
  }

  private boolean atDoubleStar() {
    return in.current().isOperator("**");
  }

  private Expression.Named keyword(List<Expression.Named> before) {
    String name = in.next().text();
    if (before.stream().anyMatch(n -> n.name().equals(name))) {
      throw in.fault("the argument `" + name + "` is given twice");
    }
    in.expectOperator("=");
    return new Expression.Named(name, expressions.expression());
  }
}
