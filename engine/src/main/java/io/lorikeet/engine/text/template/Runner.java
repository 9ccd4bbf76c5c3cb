package io.lorikeet.engine.text.template;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Runs statements: writes text, sets names, goes round loops. */
final class Runner {
  /** How a row of statements came to its end. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Render render;
  private final Meter meter;
  private Scope template = Scope.root();

  Runner(Render render) {
    this.render = render;
    this.meter = render.meter();
  }

  /**
   * Renders a template.
   *
   * @param scope its variables
   */
  Value.Str template(List<Statement> statements, Scope scope) {
    template = scope;
    return text(statements, scope);
  }

  Value.Str text(List<Statement> statements, Scope scope) {
    TextBuilder out = new TextBuilder(meter);
    run(statements, scope, out);
    return out.str();
  }

  Value.Str block(Statement.Block block) {
    meter.enterFar();
    Value.Str text = text(block.body(), template.inner());
    meter.leaveFar();
    return text;
  }

  Flow run(List<Statement> statements, Scope scope, TextBuilder out) {
    for (Statement statement : statements) {
      meter.enter();
      Flow flow = run(statement, scope, out);
      meter.leave();
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow run(Statement statement, Scope scope, TextBuilder out) {
    switch (statement) {
      case Statement.Text(String text) -> out.append(text);
      case Statement.Print(Expression expression, int line) -> {
        meter.at(line);
        out.append(render.str(value(expression, scope)));
      }
      case Statement.If(List<Statement.Branch> branches, List<Statement> otherwise) -> {
        for (Statement.Branch branch : branches) {
          if (Types.isTrue(value(branch.test(), scope))) {
            return run(branch.body(), scope, out);
          }
        }
        return run(otherwise, scope, out);
      }
      case Statement.For loop -> {
        meter.at(loop.line());
        return new Loop(render, loop, scope).run(out);
      }
      case Statement.Set(Target target, Expression value, int line) -> {
        meter.at(line);
        assign(target, value(value, scope), scope);
      }
      case Statement.SetBlock block -> {
        TextBuilder body = new TextBuilder(meter);
        Flow flow = run(block.body(), scope.inner(), body);
        if (flow != Flow.NEXT) {
          return flow;
        }
        meter.at(block.line());
        assign(block.target(), filtered(body, block.filters(), scope), scope);
      }
      case Statement.MacroDefinition(String name, Statement.Routine routine) ->
          scope.set(name, new Value.Hosted(new Macro(name, routine, scope)));
      case Statement.CallBlock(Expression.Call call, Statement.Routine caller, int line) -> {
        meter.at(line);
        out.append(render.str(call(call, caller, scope)));
      }
      case Statement.FilterBlock block -> {
        TextBuilder body = new TextBuilder(meter);
        Flow flow = run(block.body(), scope.inner(), body);
        if (flow != Flow.NEXT) {
          return flow;
        }
        meter.at(block.line());
        out.append(render.str(filtered(body, block.filters(), scope)));
      }
      case Statement.With with -> {
        Scope inner = scope.inner();
        meter.at(with.line());
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), value(with.values().get(i), scope), inner);
        }
        return run(with.body(), inner, out);
      }
      case Statement.Block block ->
          out.append(block.scoped() ? text(block.body(), scope.inner()) : block(block));
      case Statement.Generation(List<Statement> body) -> out.append(text(body, scope.inner()));
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NEXT;
  }

  private Value value(Expression expression, Scope scope) {
    return render.evaluator().value(expression, scope);
  }

  private Value filtered(TextBuilder body, List<Expression.Step> filters, Scope scope) {
    Value value = body.str();
    for (Expression.Step step : filters) {
      value = render.evaluator().filtered(value, step, scope);
    }
    return value;
  }

  private Value call(Expression.Call call, Statement.Routine caller, Scope scope) {
    Value callee = value(call.target(), scope);
    Arguments given = render.evaluator().arguments(call.arguments(), scope);
    if (given.named().containsKey("caller")) {
      throw Fault.of("a call block can't be given `caller` as an argument");
    }
    Value body = new Value.Hosted(new Macro("caller", caller, scope));
    java.util.Map<String, Value> named = new java.util.LinkedHashMap<>(given.named());
    named.put("caller", body);
    return render.call(callee, new Arguments(given.positional(), named));
  }

  void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Name(String name) -> scope.set(name, value);
      case Target.Attribute(String object, String name) -> {
        Optional<Value> found = scope.find(object);
        if (found.isEmpty() || !(found.get() instanceof Value.Hosted(Namespace namespace))) {
          throw Fault.of("cannot assign attribute on non-namespace object");
        }
        namespace.set(name, value);
      }
      case Target.Tuple(List<Target> targets) -> {
        Iterator<Value> values = Sequences.iterator(value, meter);
        for (Target part : targets) {
          if (!values.hasNext()) {
            throw Fault.of("not enough values to unpack (expected " + targets.size() + ")");
          }
          assign(part, values.next(), scope);
        }
        if (values.hasNext()) {
          throw Fault.of("too many values to unpack (expected " + targets.size() + ")");
        }
      }
    }
  }
}
