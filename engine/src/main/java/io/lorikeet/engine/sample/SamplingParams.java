package io.lorikeet.engine.sample;

/**
 * How one sequence draws its tokens. Values are validated by the sender; "off" is temperature 0
 * (greedy), top_k 0, top_p 1, min_p 0, typical_p 1.
 *
 * @param seed unsigned 64-bit seed of the counter RNG; choice i of n uses seed + i
 * @param topLogprobs -1: no log probabilities; 0: that of the chosen token; n: also those of the n
 *     most likely
 */
public record SamplingParams(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    Penalties penalties,
    TokenBias bias,
    Withheld withheld,
    TokenRules rules,
    long seed,
    int topLogprobs) {
  public static final SamplingParams GREEDY = new SamplingParams(0f, 0, 1f, 0f, 0L, -1);

  /** Draws any token. */
  public SamplingParams(
      float temperature,
      int topK,
      float topP,
      float minP,
      float typicalP,
      Penalties penalties,
      TokenBias bias,
      Withheld withheld,
      long seed,
      int topLogprobs) {
    this(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        penalties,
        bias,
        withheld,
        TokenRules.NONE,
        seed,
        topLogprobs);
  }

  /** Draws from the model's own distribution or a cut of it: no penalties, no bias. */
  public SamplingParams(
      float temperature, int topK, float topP, float minP, long seed, int topLogprobs) {
    this(
        temperature,
        topK,
        topP,
        minP,
        1f,
        Penalties.NONE,
        TokenBias.NONE,
        Withheld.NONE,
        seed,
        topLogprobs);
  }

  public SamplingParams withSeed(long other) {
    return with(withheld, rules, other, topLogprobs);
  }

  public SamplingParams withTopLogprobs(int other) {
    return with(withheld, rules, seed, other);
  }

  public SamplingParams withWithheld(Withheld other) {
    return with(other, rules, seed, topLogprobs);
  }

  public SamplingParams withRules(TokenRules other) {
    return with(withheld, other, seed, topLogprobs);
  }

  private SamplingParams with(
      Withheld otherWithheld, TokenRules otherRules, long otherSeed, int otherTop) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        penalties,
        bias,
        otherWithheld,
        otherRules,
        otherSeed,
        otherTop);
  }
}
