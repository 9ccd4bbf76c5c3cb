package io.lorikeet.engine.text.calls;

import java.util.List;

/**
 * Special tokens that mean something where functions may be called.
 *
 * @param kept leave their name in the text, although special tokens leave none
 * @param ends end an answer as the model's own end tokens do
 */
public record CallMarks(List<String> kept, List<String> ends) {
  /** None. */
  public static final CallMarks NONE = new CallMarks(List.of(), List.of());

  public CallMarks {
    kept = List.copyOf(kept);
    ends = List.copyOf(ends);
  }
}
