package io.lorikeet.engine.sample;

import io.lorikeet.kernels.Kernels;

/**
 * The largest logit of each block of a vocabulary, about a thousand blocks: one pass that tells the
 * maximum, whether any value is NaN, a floor under the k largest values, and afterwards which
 * blocks need not be looked at.
 */
final class BlockMaxima {
  private static final int BLOCKS = 1024;

  /** Ids of a Philox block: none is cut. */
  private static final int UNIT = 4;

  private final Kernels kernels;
  private final int vocab;
  private final int width;
  private final float[] maxima;
  private final int[] keys;
  private final TailBoundary boundary = new TailBoundary();

  BlockMaxima(Kernels kernels, int vocab) {
    this.kernels = kernels;
    this.vocab = vocab;
    width = Math.ceilDiv(Math.ceilDiv(vocab, BLOCKS), UNIT) * UNIT;
    maxima = new float[Math.ceilDiv(vocab, width)];
    keys = new int[maxima.length];
  }

  /**
   * Reads a row of logits.
   *
   * @return the largest; NaN if any is NaN
   */
  float read(float[] x, int offset) {
    kernels.maxima(x, offset, vocab, width, maxima);
    float max = Float.NEGATIVE_INFINITY;
    for (float m : maxima) {
      max = Math.max(max, m);
    }
    return max;
  }

  int count() {
    return maxima.length;
  }

  /** Ids of a block, in whole Philox blocks. */
  int idsMax() {
    return width;
  }

  /** First id of a block; the vocabulary behind the last one. */
  int begin(int block) {
    return Math.min(vocab, block * width);
  }

  /** The largest logit of a block of the last row. */
  float max(int block) {
    return maxima[block];
  }

  /** The lowest id of the last row's largest logit. */
  int argmax(float[] x, int offset, float max) {
    int block = 0;
    while (maxima[block] != max) {
      block++;
    }
    int id = begin(block);
    while (x[offset + id] != max) {
      id++;
    }
    return id;
  }

  /**
   * A value that at least k logits of the last row reach, and few more; negative infinity where the
   * blocks can't tell.
   */
  float floorOfLargest(int k) {
    if (k > maxima.length) {
      return Float.NEGATIVE_INFINITY;
    }
    for (int i = 0; i < maxima.length; i++) {
      keys[i] = FloatOrder.key(maxima[i]);
    }
    // The k-th largest maximum: k blocks hold a value that is no smaller.
    boundary.find(keys, TailBoundary.COUNT, maxima.length, maxima.length - k);
    return FloatOrder.value(boundary.key());
  }
}
