package io.lorikeet.engine.sample;

/** What became of one row's logits. */
public sealed interface Drawn {
  /**
   * A drawn token. All log probabilities are of the raw distribution: before temperature and cuts.
   *
   * @param logprob of the token; NaN where the parameters did not ask
   * @param topIds the most likely tokens, best first, ties by lowest id; empty where not asked
   * @param topLogprobs of {@code topIds}; negative infinity for a token that can't come
   */
  record Token(int id, float logprob, int[] topIds, float[] topLogprobs) implements Drawn {}

  /** No distribution can be made of the logits; this is the row's own fault. */
  record Impossible(String reason) implements Drawn {
    public static final Impossible NO_NUMBER =
        new Impossible("the logits hold NaN or positive infinity");
    public static final Impossible NOTHING_POSSIBLE =
        new Impossible("no token is possible: all logits are negative infinity");
    public static final Impossible ALL_WITHHELD =
        new Impossible("no token is possible: all that have a probability are withheld or banned");
  }
}
