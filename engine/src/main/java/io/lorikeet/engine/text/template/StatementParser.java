package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Text, print tags and block tags. Source: the grammar of Jinja 3.1. */
final class StatementParser {
  private static final Set<String> CONSTANTS =
      Set.of("true", "false", "none", "True", "False", "None");

  private final TokenStream in;
  private final ExpressionParser expressions;
  private final Set<String> blocks = new HashSet<>();
  // Loops around here that `break` and `continue` can reach; macros and call blocks begin anew.
  private int loops;

  private StatementParser(TokenStream in) {
    this.in = in;
    this.expressions = new ExpressionParser(in);
  }

  static List<Statement> parse(List<Token> tokens, int depthMax) {
    StatementParser parser = new StatementParser(new TokenStream(tokens, depthMax));
    return parser.statements(Set.of(), "");
  }

  /** Statements up to, but not including, a tag with one of the names. */
  private List<Statement> statements(Set<String> ends, String opened) {
    in.enter();
    List<Statement> all = new ArrayList<>();
    while (!in.current().is(Token.Kind.END)) {
      Token token = in.next();
      switch (token.kind()) {
        case DATA -> all.add(new Statement.Text(token.text()));
        case PRINT_BEGIN -> {
          all.add(new Statement.Print(expressions.tuple(true, Set.of()), token.line()));
          in.expect(Token.Kind.PRINT_END);
        }
        case BLOCK_BEGIN -> {
          if (in.current().is(Token.Kind.NAME) && ends.contains(in.current().text())) {
            in.leave();
            return all;
          }
          all.addAll(tag(opened));
          in.expect(Token.Kind.BLOCK_END);
        }
        case PRINT_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END ->
            throw in.fault("unexpected " + token.described());
      }
    }
    if (!ends.isEmpty()) {
      throw in.fault("unexpected end of template: the tag '" + opened + "' is not closed");
    }
    in.leave();
    return all;
  }

  /** The body of a tag; stops behind the name of the tag that ends it. */
  private List<Statement> body(String opened, String... ends) {
    in.skipOperator(":");
    in.expect(Token.Kind.BLOCK_END);
    List<Statement> body = statements(Set.of(ends), opened);
    if (ends.length == 1) {
      in.next();
    }
    return body;
  }

  /** A body from which no `break` can reach a loop outside. */
  private List<Statement> closedBody(String opened, String end) {
    int outside = loops;
    loops = 0;
    List<Statement> body = body(opened, end);
    loops = outside;
    return body;
  }

  private List<Statement> tag(String opened) {
    Token token = in.expect(Token.Kind.NAME);
    int line = token.line();
    return switch (token.text()) {
      case "print" -> print(line);
      case "if" -> List.of(conditional());
      case "for" -> List.of(loop(line));
      case "set" -> List.of(set(line));
      case "macro" -> List.of(macro());
      case "call" -> List.of(call(line));
      case "filter" -> List.of(filter(line));
      case "with" -> List.of(with(line));
      case "block" -> List.of(block());
      case "autoescape" -> List.of(autoescape(line));
      case "generation" ->
          List.of(new Statement.Generation(closedBody("generation", "endgeneration")));
      case "break", "continue" -> List.of(jump(token));
      case "include", "extends", "import", "from" ->
          throw Fault.atLine(
              line, "the tag '" + token.text() + "' needs other templates, and there are none");
      default ->
          throw Fault.atLine(
              line,
              "unknown tag '"
                  + token.text()
                  + (opened.isEmpty() ? "'" : "'; the innermost open tag is '" + opened + "'"));
    };
  }

  private List<Statement> print(int line) {
    List<Statement> all = new ArrayList<>();
    while (!in.current().is(Token.Kind.BLOCK_END)) {
      if (!all.isEmpty()) {
        in.expectOperator(",");
      }
      all.add(new Statement.Print(expressions.expression(), line));
    }
    return all;
  }

  private Statement jump(Token token) {
    if (loops == 0) {
      throw Fault.atLine(token.line(), "'" + token.text() + "' outside of a loop");
    }
    return token.isName("break") ? new Statement.Break() : new Statement.Continue();
  }

  private Statement conditional() {
    List<Statement.Branch> branches = new ArrayList<>();
    while (true) {
      Expression test = expressions.tuple(false, Set.of());
      branches.add(new Statement.Branch(test, body("if", "elif", "else", "endif")));
      Token token = in.next();
      if (token.isName("endif")) {
        return new Statement.If(branches, List.of());
      }
      if (token.isName("else")) {
        return new Statement.If(branches, body("if", "endif"));
      }
    }
  }

  private Statement loop(int line) {
    Target target = target(Set.of("in"), false);
    in.expectName("in");
    Expression values = expressions.tuple(false, Set.of("recursive"));
    Optional<Expression> test =
        in.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean recursive = in.skipName("recursive");
    loops++;
    List<Statement> body = body("for", "endfor", "else");
    loops--;
    List<Statement> otherwise = in.next().isName("else") ? loopElse(recursive) : List.of();
    return new Statement.For(target, values, test, recursive, body, otherwise, line);
  }

  /** A recursive loop is a function of its own, so its else part reaches no loop outside either. */
  private List<Statement> loopElse(boolean recursive) {
    return recursive ? closedBody("for", "endfor") : body("for", "endfor");
  }

  private Target target(Set<String> endNames, boolean namespaces) {
    List<Target> targets = new ArrayList<>();
    boolean comma = false;
    while (true) {
      if (!targets.isEmpty()) {
        in.expectOperator(",");
        comma = true;
      }
      if (expressions.atTupleEnd(endNames)) {
        break;
      }
      targets.add(oneTarget(endNames, namespaces));
      if (!in.current().isOperator(",")) {
        break;
      }
    }
    if (targets.isEmpty()) {
      throw in.fault("expected a name, got " + in.current().described());
    }
    return comma ? new Target.Tuple(targets) : targets.getFirst();
  }

  private Target oneTarget(Set<String> endNames, boolean namespaces) {
    if (in.skipOperator("(")) {
      in.enter();
      Target inside = target(endNames, false);
      in.leave();
      in.expectOperator(")");
      return inside;
    }
    if (!in.current().is(Token.Kind.NAME) || CONSTANTS.contains(in.current().text())) {
      throw in.fault("can't assign to " + in.current().described());
    }
    String name = in.next().text();
    if (namespaces && in.skipOperator(".")) {
      return new Target.Attribute(name, in.expect(Token.Kind.NAME).text());
    }
    return new Target.Name(name);
  }

  private Statement set(int line) {
    Target target = target(Set.of(), true);
    if (in.skipOperator("=")) {
      return new Statement.Set(target, expressions.tuple(true, Set.of()), line);
    }
    List<Expression.Step> filters = new ArrayList<>();
    while (in.skipOperator("|")) {
      filters.add(expressions.operands().step(true));
    }
    return new Statement.SetBlock(target, filters, body("set", "endset"), line);
  }

  private Statement macro() {
    Target name = oneTarget(Set.of(), false);
    if (!(name instanceof Target.Name(String text))) {
      throw in.fault("expected the name of a macro");
    }
    return new Statement.MacroDefinition(text, routine("macro", "endmacro"));
  }

  private Statement.Routine routine(String tag, String end) {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    signature(parameters, defaults);
    return Statement.Routine.of(parameters, defaults, closedBody(tag, end));
  }

  private void signature(List<String> parameters, List<Expression> defaults) {
    in.expectOperator("(");
    while (!in.current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        in.expectOperator(",");
      }
      if (!(oneTarget(Set.of(), false) instanceof Target.Name(String name))) {
        throw in.fault("expected the name of a parameter");
      }
      if (name.equals("caller") || name.equals("varargs") || name.equals("kwargs")) {
        throw in.fault("a parameter named `" + name + "` is not supported");
      }
      if (parameters.contains(name)) {
        throw in.fault("the parameter `" + name + "` is declared twice");
      }
      parameters.add(name);
      if (in.skipOperator("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw in.fault("a parameter without a default follows one that has a default");
      }
    }
    in.expectOperator(")");
  }

  private Statement call(int line) {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    if (in.current().isOperator("(")) {
      signature(parameters, defaults);
    }
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw in.fault("expected a call");
    }
    List<Statement> body = closedBody("call", "endcall");
    return new Statement.CallBlock(call, Statement.Routine.of(parameters, defaults, body), line);
  }

  private Statement filter(int line) {
    List<Expression.Step> filters = new ArrayList<>();
    do {
      filters.add(expressions.operands().step(true));
    } while (in.skipOperator("|"));
    return new Statement.FilterBlock(filters, body("filter", "endfilter"), line);
  }

  private Statement with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!in.current().is(Token.Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        in.expectOperator(",");
      }
      targets.add(oneTarget(Set.of(), false));
      in.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statement.With(targets, values, body("with", "endwith"), line);
  }

  private Statement block() {
    String name = in.expect(Token.Kind.NAME).text();
    if (!blocks.add(name)) {
      throw in.fault("the block '" + name + "' is defined twice");
    }
    boolean scoped = in.skipName("scoped");
    if (in.current().isName("required")) {
      throw in.fault("`required` blocks are not supported");
    }
    List<Statement> body = closedBody("block", "endblock");
    in.skipName(name);
    return new Statement.Block(name, scoped, body);
  }

  private Statement autoescape(int line) {
    if (!expressions.expression().equals(new Expression.Literal(Value.FALSE))) {
      throw Fault.atLine(line, "`autoescape` is supported with `false` only");
    }
    return new Statement.With(List.of(), List.of(), body("autoescape", "endautoescape"), line);
  }
}
