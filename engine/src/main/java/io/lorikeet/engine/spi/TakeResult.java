package io.lorikeet.engine.spi;

import java.util.List;

/** Outcome of {@link Executor#take}. */
public sealed interface TakeResult {
  /**
   * The oldest step is finished.
   *
   * @param outputs one entry per emitting row, in row order
   * @param elapsedNanos measured cost of the step, for the step budget
   */
  record Done(long stepId, List<RowOutput> outputs, long elapsedNanos) implements TakeResult {}

  /** Nothing finished within the time. */
  record Pending() implements TakeResult {}

  /** This step failed as a whole and so do all later ones in flight; the executor lives. */
  record StepFailed(long stepId, String reason) implements TakeResult {}

  /** The executor is lost and must be rebuilt. */
  record Lost(String reason) implements TakeResult {}

  /** What an emitting row gave out. */
  sealed interface RowOutput {
    int row();
  }

  /**
   * A drawn token.
   *
   * @param logprob of the raw distribution; NaN where the seat did not ask
   * @param topIds the most likely tokens, best first, ties by lowest id; empty where not asked
   * @param logits raw logits [vocab] for {@link Emit#LOGITS}; else empty
   */
  record Sampled(
      int row, int token, float logprob, int[] topIds, float[] topLogprobs, float[] logits)
      implements RowOutput {}

  /**
   * What a row with {@link Emit#SCORE} found. All log probabilities are of the raw distribution.
   *
   * @param logprob of the row's target; negative infinity for a token that can't come
   * @param rank of the target among all tokens, from 1 on; ties by lowest id
   * @param topIds the most likely tokens, best first, ties by lowest id; as many as the row asked
   */
  record Scored(int row, float logprob, int rank, int[] topIds, float[] topLogprobs)
      implements RowOutput {}

  /**
   * What a row with {@link Emit#HIDDEN} gave out.
   *
   * @param values {@code [hidden]} of the last norm, what transformers calls the last hidden state
   */
  record Hidden(int row, float[] values) implements RowOutput {}

  /** The row's own fault (NaN logits, impossible mask): ends its sequence only. */
  record RowFailed(int row, String reason) implements RowOutput {}
}
