package io.lorikeet.engine.text.template;

import java.util.List;

/** The tokens of a template, one by one, and the depth at which the parser is. */
final class TokenStream {
  private final List<Token> tokens;
  private final int depthMax;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens, int depthMax) {
    this.tokens = tokens;
    this.depthMax = depthMax;
  }

  Token current() {
    return tokens.get(at);
  }

  Token look() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = current();
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  Token expect(Token.Kind kind) {
    if (!current().is(kind)) {
      throw unexpected(kind == Token.Kind.NAME ? "a name" : new Token(kind, "", 0).described());
    }
    return next();
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  Fault unexpected(String expected) {
    return fault("expected " + expected + ", got " + current().described());
  }

  Fault fault(String message) {
    return Fault.atLine(current().line(), message);
  }

  void enter() {
    if (++depth > depthMax) {
      throw fault("nesting must be at most " + depthMax + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
