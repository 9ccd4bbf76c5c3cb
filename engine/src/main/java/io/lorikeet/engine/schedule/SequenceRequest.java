package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.sample.SamplingParams;

/**
 * One sequence to generate, or only to compute. Arrays belong to the loop from submit on. Values
 * are validated by the sender; a wrong one here is a programming error.
 *
 * @param id unique among the sequences of a loop
 * @param principal who pays for it in the fair order
 * @param composition the adapters that it runs with
 * @param promptIds [prompt tokens], at least one
 * @param maxNewTokens 0: it ends when its prompt is computed; with the prompt at most the
 *     executor's context
 * @param stopTokenIds a drawn token among these is delivered and ends the sequence
 * @param credit tokens that may be drawn before the receiver gives more
 * @param deadlineNanos on the clock of {@link StepLoop#step}; {@link #NO_DEADLINE} for none
 * @param promptLogprobs -1: the prompt is not scored; n: each of its tokens but the first comes
 *     with its log probability and those of the n most likely
 * @param pooling what it gives of its prompt's hidden states; they cost its scores and new tokens
 * @param emitLogits every token comes with its raw logits: tests and analysis only
 */
public record SequenceRequest(
    long id,
    String principal,
    Composition composition,
    int[] promptIds,
    int maxNewTokens,
    SamplingParams sampling,
    int[] stopTokenIds,
    int credit,
    long deadlineNanos,
    int promptLogprobs,
    Pooling pooling,
    boolean emitLogits) {
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  public SequenceRequest {
    if (promptIds.length == 0) {
      throw new IllegalArgumentException("`promptIds` must not be empty");
    }
    if (maxNewTokens < 0) {
      throw new IllegalArgumentException("`maxNewTokens` must be >= 0. Given: " + maxNewTokens);
    }
    if (promptLogprobs < -1) {
      throw new IllegalArgumentException(
          "`promptLogprobs` must be >= -1. Given: " + promptLogprobs);
    }
    if (pooling != Pooling.NONE && (maxNewTokens > 0 || promptLogprobs >= 0)) {
      throw new IllegalArgumentException(
          "`pooling` must be NONE where tokens are drawn or scored. Given: " + pooling);
    }
    if (credit < 0) {
      throw new IllegalArgumentException("`credit` must be >= 0. Given: " + credit);
    }
  }

  /** Whether it draws tokens; else it ends with its prompt. */
  boolean generates() {
    return maxNewTokens > 0;
  }

  /** Positions that it can ever have in KV blocks: the last drawn token needs none. */
  int positionsMax() {
    return promptIds.length + Math.max(0, maxNewTokens - 1);
  }
}
