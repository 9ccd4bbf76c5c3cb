package io.lorikeet.engine.text.template;

import java.util.List;
import java.util.Optional;

/** What is written or done. */
sealed interface Statement extends Node {
  record Text(String text) implements Statement {}

  record Print(Expression expression, int line) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record For(
      Target target,
      Expression values,
      Optional<Expression> test,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Set(Target target, Expression value, int line) implements Statement {}

  record SetBlock(Target target, List<Expression.Step> filters, List<Statement> body, int line)
      implements Statement {}

  record MacroDefinition(String name, Routine routine) implements Statement {}

  record CallBlock(Expression.Call call, Routine caller, int line) implements Statement {}

  record FilterBlock(List<Expression.Step> filters, List<Statement> body, int line)
      implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  /**
   * A part that {@code self} can render again.
   *
   * @param scoped sees the names of where it stands, not only those of the template
   */
  record Block(String name, boolean scoped, List<Statement> body) implements Statement {}

  /** The body is rendered as it is; training code marks it. */
  record Generation(List<Statement> body) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  record Branch(Expression test, List<Statement> body) {}

  /**
   * The parameters and body of a macro or a call block.
   *
   * @param defaults of the last parameters
   * @param special which of {@code caller}, {@code varargs} and {@code kwargs} the body asks for
   */
  record Routine(
      List<String> parameters,
      List<Expression> defaults,
      List<Statement> body,
      java.util.Set<String> special) {
    private static final java.util.Set<String> SPECIAL =
        java.util.Set.of("caller", "varargs", "kwargs");

    static Routine of(List<String> parameters, List<Expression> defaults, List<Statement> body) {
      return new Routine(parameters, defaults, body, NodeWalk.undeclared(body, SPECIAL));
    }
  }
}
