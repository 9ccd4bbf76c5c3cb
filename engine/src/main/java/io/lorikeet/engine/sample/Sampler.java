package io.lorikeet.engine.sample;

import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Kernels;

/**
 * Draws tokens from logits: penalties and bias, temperature, min-p, top-k, top-p, typical-p, then
 * Gumbel-max with a counter RNG. The token is a function of the logits, the parameters, the tokens
 * so far and the position alone: every operation is an IEEE one or of {@link ExactMath}, and sums
 * are of integers or of the kernels' fixed order.
 *
 * <p>With z = (logit - max) / temperature in F32: min-p leaves z >= ln(min_p); top-k leaves the k
 * largest logits and all that equal the k-th; top-p takes from the bottom while the sum taken is at
 * most 1 - p of the sum of exp(z) over those left so far, lowest ids staying among equal logits;
 * typical-p leaves those nearest to the mean of z until their part of that sum is p. Then the
 * largest z + noise wins. Temperature 0 takes the largest logit, the lowest id on ties.
 *
 * <p>For one thread; its buffers are reused, so that a draw allocates nothing but its result.
 */
public final class Sampler {
  private static final int[] NO_IDS = {};
  private static final float[] NO_LOGPROBS = {};

  /** Below it all of a vocabulary of 128k seldom weigh more than 1 %. */
  private static final float TAIL = -14f;

  private final Kernels kernels;
  private final int vocab;
  private final BlockMaxima blocks;
  private final Candidates candidates;
  private final LogitChanges changes = new LogitChanges();
  private final GumbelMax gumbel = new GumbelMax();
  private final Scaled scaled = new Scaled();
  private final int[] ids; // [a block]
  private final float[] z; // [vocab] scratch

  /**
   * @param vocab number of logits of a row
   */
  public Sampler(Kernels kernels, int vocab) {
    if (vocab < 1) {
      throw new IllegalArgumentException("the vocabulary must not be empty. Given: " + vocab);
    }
    this.kernels = kernels;
    this.vocab = vocab;
    this.blocks = new BlockMaxima(kernels, vocab);
    this.candidates = new Candidates(vocab);
    this.ids = new int[blocks.idsMax()];
    this.z = new float[vocab];
  }

  /**
   * Draws one token.
   *
   * @param logits raw logits, {@code [vocab]} at {@code offset}; afterwards they are what they
   *     were. Negative infinity is probability 0
   * @param history of the sequence, up to this position
   * @param position absolute position of the new token in its sequence
   * @return Impossible if a logit is NaN or positive infinity, or all are negative infinity
   */
  public Drawn draw(
      float[] logits, int offset, SamplingParams params, TokenHistory history, int position) {
    float max = blocks.read(logits, offset);
    if (!isPossible(max)) {
      return impossible(max);
    }
    float logSum = params.topLogprobs() >= 0 ? logSum(logits, offset, max) : Float.NaN;
    int token =
        LogitChanges.any(params, history, position)
            ? chooseChanged(logits, offset, params, history, position)
            : choose(logits, offset, params, position, max);
    return token < 0
        ? Drawn.Impossible.ALL_WITHHELD
        : result(token, logits, offset, max, logSum, params.topLogprobs());
  }

  /**
   * How likely a known token is.
   *
   * @param logits raw logits, {@code [vocab]} at {@code offset}
   * @param top most likely tokens to name
   * @return Impossible as {@link #draw}
   */
  public Drawn score(float[] logits, int offset, int token, int top) {
    float max = blocks.read(logits, offset);
    return isPossible(max)
        ? result(token, logits, offset, max, logSum(logits, offset, max), top)
        : impossible(max);
  }

  /**
   * The place of a token among all, from 1 on; ties by lowest id.
   *
   * @param logits raw logits, {@code [vocab]} at {@code offset}, none of them NaN
   */
  public int rank(float[] logits, int offset, int token) {
    float logit = logits[offset + token];
    int rank = 1;
    for (int id = 0; id < vocab; id++) {
      float other = logits[offset + id];
      rank += other > logit || (other == logit && id < token) ? 1 : 0;
    }
    return rank;
  }

  private static boolean isPossible(float max) {
    return !Float.isNaN(max) && !Float.isInfinite(max);
  }

  private static Drawn impossible(float max) {
    return max == Float.NEGATIVE_INFINITY
        ? Drawn.Impossible.NOTHING_POSSIBLE
        : Drawn.Impossible.NO_NUMBER;
  }

  private float logSum(float[] logits, int offset, float max) {
    // Around 0 the logarithm keeps its digits even where logits are huge.
    scale(logits, offset, max, 1f);
    return kernels.logSumExp(z, 0, vocab);
  }

  /** A draw of a sequence that has no tokens yet. */
  Drawn draw(float[] logits, int offset, SamplingParams params, int position) {
    return draw(logits, offset, params, TokenHistory.of(params, NO_IDS, 0, 0, 0), position);
  }

  private int chooseChanged(
      float[] logits, int offset, SamplingParams params, TokenHistory history, int position) {
    changes.apply(logits, offset, vocab, params, history, position);
    float max = blocks.read(logits, offset);
    int token = max == Float.NEGATIVE_INFINITY ? -1 : choose(logits, offset, params, position, max);
    changes.undo(logits);
    return token;
  }

  private int choose(float[] logits, int offset, SamplingParams params, int position, float max) {
    int likeliest = blocks.argmax(logits, offset, max);
    if (params.temperature() == 0f) {
      return likeliest;
    }
    scaled.read(logits, offset, max, params.temperature());
    gumbel.begin(params.seed(), position);
    if (params.typicalP() >= 1f) {
      // First, for no other cut takes it away and it turns most of the others down.
      gumbel.offer(likeliest, scaled.at(likeliest));
    }
    if (cutsNothing(params)) {
      offerAll(params.seed(), position);
    } else {
      cut(params);
      for (int i = 0; i < candidates.size(); i++) {
        gumbel.offer(candidates.id(i), candidates.z(i));
      }
    }
    return gumbel.token();
  }

  /** The ids that the cuts of the parameters leave, ascending. */
  int[] kept(float[] logits, int offset, SamplingParams params, TokenHistory history) {
    changes.apply(logits, offset, vocab, params, history, Integer.MAX_VALUE);
    float max = blocks.read(logits, offset);
    scaled.read(logits, offset, max, params.temperature());
    cut(params);
    scale(logits, offset, max, params.temperature());
    changes.undo(logits);
    int[] kept = new int[candidates.size()];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = candidates.id(i);
    }
    return kept;
  }

  /** The logarithm of an id's weight in the last {@link #kept}, 0 for the largest. */
  float scaled(int id) {
    return z[id];
  }

  private void scale(float[] logits, int offset, float max, float temperature) {
    for (int id = 0; id < vocab; id++) {
      z[id] = (logits[offset + id] - max) / temperature;
    }
  }

  // Only words that can win make their ids worth a look.
  private void offerAll(long seed, int position) {
    for (int block = 0; block < blocks.count(); block++) {
      int ones = gumbel.leadingOnes(scaled.of(blocks.max(block)));
      int begin = blocks.begin(block);
      int end = blocks.begin(block + 1);
      if (ones == 0) {
        for (int id = begin; id < end; id++) {
          gumbel.offer(id, scaled.at(id));
        }
      } else if (ones <= Integer.SIZE) {
        int least = -1 << (Integer.SIZE - ones);
        int count = kernels.largeWords(seed, position, begin / 4, (end + 3) / 4, least, ids);
        for (int i = 0; i < count; i++) {
          if (ids[i] < end) {
            gumbel.offer(ids[i], scaled.at(ids[i]));
          }
        }
      }
    }
  }

  private boolean cutsNothing(SamplingParams params) {
    return !cutsTopK(params)
        && params.topP() >= 1f
        && params.minP() <= 0f
        && params.typicalP() >= 1f;
  }

  private boolean cutsTopK(SamplingParams params) {
    return params.topK() > 0 && params.topK() < vocab;
  }

  private void cut(SamplingParams params) {
    float floorX =
        cutsTopK(params) ? blocks.floorOfLargest(params.topK()) : Float.NEGATIVE_INFINITY;
    float floorZ =
        params.minP() > 0f
            ? Math.min(0f, (float) ExactMath.log(params.minP()))
            : Float.NEGATIVE_INFINITY;
    boolean tail = params.topP() < 1f && !cutsTopK(params) && params.minP() <= 0f;
    if (!tail || !cutTail(params.topP())) {
      candidates.collect(scaled, blocks, floorX, floorZ);
      if (cutsTopK(params)) {
        candidates.cutTopK(params.topK());
      }
      if (params.topP() < 1f) {
        candidates.cutTopP(params.topP());
      }
    }
    if (params.typicalP() < 1f) {
      candidates.cutTypicalP(params.typicalP());
    }
  }

  // Top-p of a whole vocabulary: what is unlikely enough to go as one is summed, not sorted.
  private boolean cutTail(float p) {
    candidates.collect(scaled, blocks, Float.NEGATIVE_INFINITY, TAIL);
    for (int id = 0; id < vocab; id++) {
      z[id] = scaled.at(id);
    }
    kernels.exp(z, 0, z, 0, vocab);
    return candidates.cutTopP(p, candidates.weightOf(z, vocab));
  }

  private Drawn result(
      int token, float[] logits, int offset, float max, float logSum, int topLogprobs) {
    if (topLogprobs < 0) {
      return new Drawn.Token(token, Float.NaN, NO_IDS, NO_LOGPROBS);
    }
    float logprob = (logits[offset + token] - max) - logSum;
    if (topLogprobs == 0) {
      return new Drawn.Token(token, logprob, NO_IDS, NO_LOGPROBS);
    }
    int[] topIds = TopTokens.of(logits, offset, vocab, topLogprobs);
    float[] logprobs = new float[topIds.length];
    for (int i = 0; i < topIds.length; i++) {
      logprobs[i] = (logits[offset + topIds[i]] - max) - logSum;
    }
    return new Drawn.Token(token, logprob, topIds, logprobs);
  }
}
