package io.lorikeet.engine.format.peft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * A regular expression as a nondeterministic automaton, all of whose states run at once: a match
 * takes at most states x characters steps, whatever the pattern. Source: Thompson's construction.
 */
final class PatternProgram {
  private sealed interface State {
    record Chars(CharSet set) implements State {}

    /** Goes on at both places. */
    record Fork(int first, int second) implements State {}

    record Check(PatternNode.Anchor anchor) implements State {}

    record Look(PatternProgram program, OptionalInt behind, boolean negative) implements State {}

    record Accept() implements State {}
  }

  private final String field;
  private final PatternBudget budget;
  private final List<State> states = new ArrayList<>();

  PatternProgram(String field, PatternNode node, PatternBudget budget) {
    this.field = field;
    this.budget = budget;
    emit(node);
    add(new State.Accept());
  }

  /** Where matches that begin at {@code from} may end. */
  BitSet ends(String text, int from) {
    BitSet ends = new BitSet();
    Run run = new Run(text, ends);
    run.enter(0, from);
    for (int at = from; run.hasStates(); at++) {
      run.step(at);
    }
    return ends;
  }

  /** The states that are alive between two characters. */
  private final class Run {
    private final String text;
    private final BitSet ends;
    private final int[] stack = new int[states.size() + 1];
    private final int[] seenAt = new int[states.size()]; // position + 1; 0 = never
    private int[] alive = new int[states.size()];
    private int[] next = new int[states.size()];
    private int aliveCount;
    private int nextCount;

    Run(String text, BitSet ends) {
      this.text = text;
      this.ends = ends;
      budget.spend(field, 1 + states.size() / 16);
    }

    boolean hasStates() {
      return nextCount > 0;
    }

    /** Reads the character at {@code at}. */
    void step(int at) {
      int[] swap = alive;
      alive = next;
      aliveCount = nextCount;
      next = swap;
      nextCount = 0;
      if (at == text.length()) {
        return;
      }
      for (int i = 0; i < aliveCount; i++) {
        if (states.get(alive[i]) instanceof State.Chars chars && chars.set.has(text.charAt(at))) {
          enter(alive[i] + 1, at + 1);
        }
      }
    }

    /** Enters a state and all that follow from it without a character. */
    void enter(int state, int at) {
      int depth = 0;
      stack[depth++] = state;
      while (depth > 0) {
        int current = stack[--depth];
        if (seenAt[current] == at + 1) {
          continue;
        }
        seenAt[current] = at + 1;
        budget.spend(field, 1);
        switch (states.get(current)) {
          case State.Chars c -> next[nextCount++] = current;
          case State.Accept a -> ends.set(at);
          case State.Fork fork -> {
            depth = push(depth, fork.second, at);
            depth = push(depth, fork.first, at);
          }
          case State.Check check -> {
            if (holds(check.anchor, at)) {
              depth = push(depth, current + 1, at);
            }
          }
          case State.Look look -> {
            if (holds(look, at)) {
              depth = push(depth, current + 1, at);
            }
          }
        }
      }
    }

    private int push(int depth, int state, int at) {
      if (seenAt[state] == at + 1) {
        return depth;
      }
      stack[depth] = state;
      return depth + 1;
    }

    private boolean holds(PatternNode.Anchor anchor, int at) {
      return switch (anchor) {
        case START -> at == 0;
        case END -> at == text.length();
        case WORD_EDGE -> isWord(at - 1) != isWord(at);
        case NO_WORD_EDGE -> isWord(at - 1) == isWord(at);
      };
    }

    private boolean isWord(int index) {
      return index >= 0 && index < text.length() && CharSet.WORD.has(text.charAt(index));
    }

    private boolean holds(State.Look look, int at) {
      int from = at - look.behind.orElse(0);
      BitSet found = from < 0 ? new BitSet() : look.program.ends(text, from);
      boolean holds = look.behind.isPresent() ? found.get(at) : !found.isEmpty();
      return holds != look.negative;
    }
  }

  private void emit(PatternNode node) {
    switch (node) {
      case PatternNode.Chars c -> add(new State.Chars(c.set()));
      case PatternNode.Anchor a -> add(new State.Check(a));
      case PatternNode.Look l ->
          add(
              new State.Look(
                  new PatternProgram(field, l.body(), budget), l.behind(), l.negative()));
      case PatternNode.Sequence s -> s.parts().forEach(this::emit);
      case PatternNode.Choice c -> emitChoice(c.options());
      case PatternNode.Repeat r -> emitRepeat(r);
    }
  }

  private void emitChoice(List<PatternNode> options) {
    List<Integer> exits = new ArrayList<>();
    for (int i = 0; i < options.size() - 1; i++) {
      int fork = reserve();
      emit(options.get(i));
      exits.add(reserve());
      states.set(fork, new State.Fork(fork + 1, states.size()));
    }
    emit(options.getLast());
    exits.forEach(exit -> states.set(exit, jump(states.size())));
  }

  private void emitRepeat(PatternNode.Repeat repeat) {
    for (int i = 0; i < repeat.least(); i++) {
      budget.spend(field, 1); // A body without states would cost nothing.
      emit(repeat.body());
    }
    if (repeat.most() == PatternNode.UNBOUNDED) {
      int fork = reserve();
      emit(repeat.body());
      add(jump(fork));
      states.set(fork, new State.Fork(fork + 1, states.size()));
      return;
    }
    int[] forks = new int[repeat.most() - repeat.least()];
    for (int i = 0; i < forks.length; i++) {
      forks[i] = reserve();
      emit(repeat.body());
    }
    Arrays.stream(forks).forEach(fork -> states.set(fork, new State.Fork(fork + 1, states.size())));
  }

  private static State jump(int target) {
    return new State.Fork(target, target);
  }

  /** A place that is filled once its target is known. */
  private int reserve() {
    add(new State.Accept());
    return states.size() - 1;
  }

  private void add(State state) {
    budget.addState(field);
    states.add(state);
  }
}
