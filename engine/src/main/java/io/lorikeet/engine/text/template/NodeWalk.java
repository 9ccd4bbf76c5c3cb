package io.lorikeet.engine.text.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Walks over templates in the order of their text, with a stack of its own: they may be deep. */
final class NodeWalk {
  private NodeWalk() {}

  /**
   * Which of the names are asked for before they are set. Blocks are templates of their own and are
   * left out.
   */
  static Set<String> undeclared(List<? extends Node> nodes, Set<String> names) {
    Set<String> sought = new HashSet<>(names);
    Set<String> found = new HashSet<>();
    Deque<Node> stack = new ArrayDeque<>();
    push(nodes, stack);
    while (!stack.isEmpty() && !sought.isEmpty()) {
      Node node = stack.pop();
      switch (node) {
        case Expression.Name(String name) when sought.contains(name) -> found.add(name);
        case Target.Name(String name) -> sought.remove(name);
        case Statement.Block _ -> {}
        case Statement.MacroDefinition(var _, Statement.Routine routine) -> {
          sought.removeAll(routine.parameters());
          push(children(node), stack);
        }
        case Statement.CallBlock(var _, Statement.Routine routine, int _) -> {
          sought.removeAll(routine.parameters());
          push(children(node), stack);
        }
        default -> push(children(node), stack);
      }
    }
    return Set.copyOf(found);
  }

  private static void push(List<? extends Node> nodes, Deque<Node> stack) {
    nodes.reversed().forEach(stack::push);
  }

  static List<Node> children(Node node) {
    List<Node> all = new ArrayList<>();
    switch (node) {
      case Expression expression -> children(expression, all);
      case Statement statement -> children(statement, all);
      case Target.Tuple(List<Target> targets) -> all.addAll(targets);
      case Target.Name _, Target.Attribute _ -> {}
    }
    return all;
  }

  private static void children(Expression expression, List<Node> all) {
    switch (expression) {
      case Expression.Literal _, Expression.Name _ -> {}
      case Expression.ListOf(List<Expression> items) -> all.addAll(items);
      case Expression.TupleOf(List<Expression> items) -> all.addAll(items);
      case Expression.DictOf(List<Expression> keys, List<Expression> values) -> {
        all.addAll(keys);
        all.addAll(values);
      }
      case Expression.Attribute(Expression target, String _) -> all.add(target);
      case Expression.Item(Expression target, Expression index) -> add(all, target, index);
      case Expression.Slice(
              Expression target,
              Optional<Expression> start,
              Optional<Expression> stop,
              Optional<Expression> step) -> {
        all.add(target);
        start.ifPresent(all::add);
        stop.ifPresent(all::add);
        step.ifPresent(all::add);
      }
      case Expression.Call(Expression target, Expression.CallArguments arguments) -> {
        all.add(target);
        arguments(arguments, all);
      }
      case Expression.Filtered(Expression input, Expression.Step step) -> {
        all.add(input);
        arguments(step.arguments(), all);
      }
      case Expression.Tested(Expression input, Expression.Step step) -> {
        all.add(input);
        arguments(step.arguments(), all);
      }
      case Expression.Unary(var _, Expression operand) -> all.add(operand);
      case Expression.Not(Expression operand) -> all.add(operand);
      case Expression.Binary(var _, Expression left, Expression right) -> add(all, left, right);
      case Expression.And(Expression left, Expression right) -> add(all, left, right);
      case Expression.Or(Expression left, Expression right) -> add(all, left, right);
      case Expression.Concat(List<Expression> parts) -> all.addAll(parts);
      case Expression.Compare(Expression first, List<Expression.Comparand> others) -> {
        all.add(first);
        others.forEach(o -> all.add(o.operand()));
      }
      case Expression.Conditional(
              Expression test,
              Expression then,
              Optional<Expression> otherwise) -> {
        add(all, test, then);
        otherwise.ifPresent(all::add);
      }
    }
  }

  private static void add(Collection<Node> all, Node first, Node second) {
    all.add(first);
    all.add(second);
  }

  private static void arguments(Expression.CallArguments arguments, List<Node> all) {
    all.addAll(arguments.positional());
    arguments.named().forEach(n -> all.add(n.value()));
    arguments.starred().ifPresent(all::add);
    arguments.doubleStarred().ifPresent(all::add);
  }

  private static void children(Statement statement, List<Node> all) {
    switch (statement) {
      case Statement.Text _, Statement.Break _, Statement.Continue _ -> {}
      case Statement.Print(Expression expression, int _) -> all.add(expression);
      case Statement.If(List<Statement.Branch> branches, List<Statement> otherwise) -> {
        for (Statement.Branch branch : branches) {
          all.add(branch.test());
          all.addAll(branch.body());
        }
        all.addAll(otherwise);
      }
      case Statement.For loop -> {
        add(all, loop.target(), loop.values());
        all.addAll(loop.body());
        all.addAll(loop.otherwise());
        loop.test().ifPresent(all::add);
      }
      case Statement.Set(Target target, Expression value, int _) -> add(all, target, value);
      case Statement.SetBlock block -> {
        all.add(block.target());
        block.filters().forEach(f -> arguments(f.arguments(), all));
        all.addAll(block.body());
      }
      case Statement.MacroDefinition(String _, Statement.Routine routine) -> routine(routine, all);
      case Statement.CallBlock(Expression.Call call, Statement.Routine caller, int _) -> {
        all.add(call);
        routine(caller, all);
      }
      case Statement.FilterBlock block -> {
        all.addAll(block.body());
        block.filters().forEach(f -> arguments(f.arguments(), all));
      }
      case Statement.With with -> {
        all.addAll(with.targets());
        all.addAll(with.values());
        all.addAll(with.body());
      }
      case Statement.Block(String _, boolean _, List<Statement> body) -> all.addAll(body);
      case Statement.Generation(List<Statement> body) -> all.addAll(body);
    }
  }

  private static void routine(Statement.Routine routine, List<Node> all) {
    all.addAll(routine.defaults());
    all.addAll(routine.body());
  }
}
