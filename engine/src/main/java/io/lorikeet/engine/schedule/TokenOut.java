package io.lorikeet.engine.schedule;

/**
 * A drawn token, or one of the prompt that was scored.
 *
 * @param logprob of the raw distribution; NaN where not asked
 * @param rank among all tokens, from 1 on, of one that was scored; else 0
 * @param topIds the most likely tokens, best first, ties by lowest id; empty where not asked
 * @param topLogprobs [topIds]
 * @param logits raw logits [vocab] where asked; else empty
 */
public record TokenOut(
    int id, float logprob, int rank, int[] topIds, float[] topLogprobs, float[] logits) {
  /** A token that was not scored. */
  public TokenOut(int id, float logprob, int[] topIds, float[] topLogprobs, float[] logits) {
    this(id, logprob, 0, topIds, topLogprobs, logits);
  }
}
