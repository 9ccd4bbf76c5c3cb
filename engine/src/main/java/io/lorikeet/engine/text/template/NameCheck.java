package io.lorikeet.engine.text.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds filters and tests that do not exist before a template is used. Directly inside of
 * conditions they are left for rendering, as in Jinja: such a template may never come to them.
 */
final class NameCheck {
  private record Visit(Node node, boolean conditional, boolean inLoop) {}

  private final Deque<Visit> stack = new ArrayDeque<>();
  private final Map<String, Statement.Block> blocks = new LinkedHashMap<>();

  private NameCheck() {}

  /** Checks a template and finds its blocks. */
  static Map<String, Statement.Block> check(List<Statement> template) {
    NameCheck check = new NameCheck();
    template.forEach(s -> check.stack.push(new Visit(s, false, false)));
    while (!check.stack.isEmpty()) {
      check.visit(check.stack.pop());
    }
    return check.blocks;
  }

  private void visit(Visit visit) {
    boolean conditional = visit.conditional;
    boolean inLoop = visit.inLoop;
    switch (visit.node) {
      case Expression.Filtered(Expression _, Expression.Step step) -> filter(step, conditional);
      case Expression.Tested(Expression _, Expression.Step step) -> {
        if (!conditional && !Tests.ALL.containsKey(step.name())) {
          throw Fault.atLine(step.line(), "there is no test named '" + step.name() + "'");
        }
      }
      case Expression.Conditional _ -> conditional = true;
      case Statement.If _ -> conditional = true;
      case Statement.SetBlock block -> {
        conditional = false;
        block.filters().forEach(f -> filter(f, false));
      }
      case Statement.FilterBlock block -> {
        conditional = false;
        block.filters().forEach(f -> filter(f, false));
      }
      case Statement.For _ -> {
        conditional = false;
        inLoop = true;
      }
      case Statement.MacroDefinition _,
          Statement.CallBlock _,
          Statement.With _,
          Statement.Generation _ ->
          conditional = false;
      case Statement.Block block -> {
        conditional = false;
        blocks.put(block.name(), block);
      }
      case Target.Name(String name) -> {
        if (inLoop && name.equals("loop")) {
          throw Fault.of("the special variable `loop` can't be assigned inside of a loop");
        }
      }
      default -> {}
    }
    for (Node child : NodeWalk.children(visit.node)) {
      stack.push(new Visit(child, conditional, inLoop));
    }
  }

  private static void filter(Expression.Step step, boolean conditional) {
    if (!conditional && !Filters.ALL.containsKey(step.name())) {
      throw Fault.atLine(step.line(), "there is no filter named '" + step.name() + "'");
    }
  }
}
