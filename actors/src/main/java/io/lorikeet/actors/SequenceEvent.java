package io.lorikeet.actors;

import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.TokenOut;
import java.util.List;

/** What the batching actor tells about a sequence to the one who submitted it. */
sealed interface SequenceEvent extends RequestActor.Command {
  /** Drawn tokens in order. */
  record Tokens(long id, List<TokenOut> tokens) implements SequenceEvent {
    public Tokens {
      tokens = List.copyOf(tokens);
    }
  }

  /** Prompt tokens with their log probabilities, in order from the second one on. */
  record Scores(long id, List<TokenOut> tokens) implements SequenceEvent {
    public Scores {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * The pooled hidden states of a prompt; the end follows.
   *
   * @param vector not written after construction
   */
  record Pooled(long id, float[] vector) implements SequenceEvent {}

  /** The last event of a sequence. */
  record Ended(long id, EndReason reason) implements SequenceEvent {}
}
