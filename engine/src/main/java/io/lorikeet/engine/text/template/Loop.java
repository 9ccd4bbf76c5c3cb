package io.lorikeet.engine.text.template;

import java.util.Iterator;
import java.util.Optional;
import java.util.function.BiFunction;

/** One {@code for} statement at work. Values come as the loop goes, so that a filter may change. */
final class Loop {
  private final Render render;
  private final Statement.For statement;
  private final Scope outer;

  Loop(Render render, Statement.For statement, Scope outer) {
    this.render = render;
    this.statement = statement;
    this.outer = outer;
  }

  Runner.Flow run(TextBuilder out) {
    Value values = render.evaluator().value(statement.values(), outer);
    return run(values, 0, out);
  }

  private Runner.Flow run(Value values, int depth, TextBuilder out) {
    Optional<BiFunction<Value, Integer, Value.Str>> recursion =
        statement.recursive() ? Optional.of(this::again) : Optional.empty();
    LoopContext loop = new LoopContext(passing(values), depth, recursion, render.meter());
    Scope scope = outer.inner();
    boolean completed = false;
    while (loop.hasNext()) {
      render.meter().step();
      scope.clear();
      Value value = loop.next();
      render.runner().assign(statement.target(), value, scope);
      scope.set("loop", new Value.Hosted(loop));
      Runner.Flow flow = render.runner().run(statement.body(), scope, out);
      if (flow == Runner.Flow.BREAK) {
        break;
      }
      completed |= flow == Runner.Flow.NEXT;
    }
    scope.clear();
    return completed
        ? Runner.Flow.NEXT
        : render.runner().run(statement.otherwise(), outer.inner(), out);
  }

  private Value.Str again(Value values, int depth) {
    render.meter().enterFar();
    TextBuilder out = new TextBuilder(render.meter());
    run(values, depth, out);
    render.meter().leaveFar();
    return out.str();
  }

  /** The values that the loop's filter lets pass. */
  private Iterator<Value> passing(Value values) {
    Iterator<Value> all = Sequences.iterator(values, render.meter());
    if (statement.test().isEmpty()) {
      return all;
    }
    Expression test = statement.test().get();
    return Generated.from(
        render.meter(),
        () -> {
          while (all.hasNext()) {
            render.meter().step();
            Value value = all.next();
            Scope scope = outer.inner();
            render.runner().assign(statement.target(), value, scope);
            if (Types.isTrue(render.evaluator().value(test, scope))) {
              return Optional.of(value);
            }
          }
          return Optional.empty();
        });
  }
}
