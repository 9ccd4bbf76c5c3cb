package io.lorikeet.engine.text.calls;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a model writes the calls of functions. */
public enum CallFormat {
  /** {@code <tool_call>{"name": ..., "arguments": ...}</tool_call>}: Hermes, Qwen 2.5 and 3. */
  HERMES {
    @Override
    public CallMarks marks() {
      return new CallMarks(List.of(HermesCalls.OPEN, HermesCalls.CLOSE), List.of());
    }

    @Override
    public CallParser parser(CallRules rules) {
      return new HermesCalls(rules);
    }
  },

  /** {@code [TOOL_CALLS]} before a list of objects, or before each name: Mistral. */
  MISTRAL {
    @Override
    public CallMarks marks() {
      return new CallMarks(
          List.of(MistralCalls.MARK, MistralCalls.ARGUMENTS, MistralCalls.ID), List.of());
    }

    @Override
    public CallParser parser(CallRules rules) {
      return new MistralCalls(rules);
    }
  },

  /** An answer that is one object or a list of them, {@code {"name": ..., "arguments": ...}}. */
  JSON {
    @Override
    public CallMarks marks() {
      return CallMarks.NONE;
    }

    @Override
    public CallParser parser(CallRules rules) {
      return new JsonCalls(rules);
    }
  },

  /**
   * Objects {@code {"name": ..., "parameters": ...}} separated by semicolons, {@code
   * <|python_tag|>} before them or not: Llama 3. Its {@code <|eom_id|>} ends a message after which
   * the model waits for results.
   */
  LLAMA3 {
    @Override
    public CallMarks marks() {
      return new CallMarks(List.of(Llama3Calls.MARK), List.of("<|eom_id|>"));
    }

    @Override
    public CallParser parser(CallRules rules) {
      return new Llama3Calls(rules);
    }
  };

  private static final int PROBE_CHARACTERS = 1 << 16;

  /** A parser for one answer. */
  public abstract CallParser parser(CallRules rules);

  /** The special tokens that mean something in it. */
  public abstract CallMarks marks();

  /**
   * The format in which one call of a function was written.
   *
   * @param written what a chat template writes for it
   * @param name of the function
   */
  public static Optional<CallFormat> of(String written, String name) {
    CallRules rules = new CallRules(Set.of(name), 1, PROBE_CHARACTERS);
    for (CallFormat format : values()) {
      CallParser parser = format.parser(rules);
      List<CallEvent> events = parser.push(written);
      List<CallEvent> all = events.isEmpty() ? parser.finish() : events;
      if (all.indexOf(new CallEvent.Begun(0, name)) == 0) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
