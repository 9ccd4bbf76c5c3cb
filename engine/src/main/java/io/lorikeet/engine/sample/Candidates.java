package io.lorikeet.engine.sample;

import io.lorikeet.kernels.ExactMath;

/**
 * The tokens that min-p, top-k, top-p and typical-p leave, in ascending id order. Weights are
 * exp(z) as integers, so their sums are the same in any order and on any device; what is too small
 * for one weighs nothing and goes first.
 */
final class Candidates {
  private final int[] ids;
  private final float[] z;
  private final int[] keys;
  private final long[] weights;
  private final float one;
  private final TailBoundary boundary = new TailBoundary();
  private int size;

  Candidates(int vocab) {
    ids = new int[vocab];
    z = new float[vocab];
    keys = new int[vocab];
    weights = new long[vocab];
    // The sum of all weights stays below 2^62.
    one = Math.scalb(1f, 62 - (Integer.SIZE - Integer.numberOfLeadingZeros(vocab)));
  }

  /** Takes in the tokens that reach both floors. Those of negative infinity are never taken. */
  void collect(Scaled scaled, BlockMaxima blocks, float floorX, float floorZ) {
    float lowest = Math.max(floorX, -Float.MAX_VALUE);
    size = 0;
    for (int block = 0; block < blocks.count(); block++) {
      if (blocks.max(block) >= lowest && scaled.of(blocks.max(block)) >= floorZ) {
        collect(scaled, blocks.begin(block), blocks.begin(block + 1), lowest, floorZ);
      }
    }
  }

  private void collect(Scaled scaled, int begin, int end, float lowest, float floorZ) {
    for (int id = begin; id < end; id++) {
      float logit = scaled.logit(id);
      if (logit >= lowest) {
        float of = scaled.of(logit);
        if (of >= floorZ) {
          ids[size] = id;
          z[size] = of;
          keys[size++] = FloatOrder.key(logit);
        }
      }
    }
  }

  /** Leaves the k largest and all that equal the k-th. */
  void cutTopK(int k) {
    if (k < size) {
      boundary.find(keys, TailBoundary.COUNT, size, size - k);
      keepFrom(boundary.key(), Integer.MAX_VALUE);
    }
  }

  /**
   * Takes tokens away from the bottom while what is away is at most 1 - p of the whole; of equal
   * ones the lowest ids stay. One token always stays.
   */
  void cutTopP(float p) {
    cutTopP(p, 0, weigh());
  }

  /**
   * As {@link #cutTopP(float)}, of a whole of which only the top was taken in.
   *
   * @param total weight of the whole
   * @return false, and nothing is cut, where some of the others stay
   */
  boolean cutTopP(float p, long total) {
    return cutTopP(p, total - weigh(), total);
  }

  private boolean cutTopP(float p, long tail, long total) {
    long limit = Math.min((long) ((1.0 - p) * total), total - 1) - tail;
    if (limit < 0) {
      return false;
    }
    boundary.find(keys, weights, size, limit);
    int key = boundary.key();
    int equal = 0;
    long weight = 0;
    for (int i = 0; i < size; i++) {
      if (keys[i] == key) {
        equal++;
        weight = weights[i];
      }
    }
    keepFrom(key, equal - (int) ((limit - boundary.below()) / weight));
    return true;
  }

  /** The weight of all, by their exp(z). */
  long weightOf(float[] exp, int vocab) {
    long total = 0;
    for (int id = 0; id < vocab; id++) {
      total += (long) (exp[id] * one);
    }
    return total;
  }

  /**
   * Leaves the tokens whose information is nearest to the mean one, as few as have the part p of
   * the whole together, and all that are as near as the last of them. The keys are distances
   * afterwards, so this is the last cut.
   */
  void cutTypicalP(float p) {
    long total = weigh();
    long below = 0; // -z weighs its token's part in the mean
    for (int i = 0; i < size; i++) {
      float x = z[i];
      below += weights[i] == 0 ? 0 : (long) (ExactMath.exp(x) * -x * one);
    }
    double mean = -((double) below / total);
    for (int i = 0; i < size; i++) {
      keys[i] = FloatOrder.key((float) Math.abs(z[i] - mean));
    }
    boundary.find(keys, weights, size, Math.min((long) Math.ceil(p * (double) total), total) - 1);
    keepUpTo(boundary.key());
  }

  private long weigh() {
    long total = 0;
    for (int i = 0; i < size; i++) {
      weights[i] = (long) (ExactMath.exp(z[i]) * one);
      total += weights[i];
    }
    return total;
  }

  int size() {
    return size;
  }

  int id(int index) {
    return ids[index];
  }

  float z(int index) {
    return z[index];
  }

  // Keys above `key` stay, and the first `equal` of those that equal it.
  private void keepFrom(int key, int equal) {
    int left = equal;
    int count = 0;
    for (int i = 0; i < size; i++) {
      int order = Integer.compareUnsigned(keys[i], key);
      if (order > 0 || (order == 0 && left-- > 0)) {
        ids[count] = ids[i];
        z[count] = z[i];
        keys[count++] = keys[i];
      }
    }
    size = count;
  }

  private void keepUpTo(int key) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (Integer.compareUnsigned(keys[i], key) <= 0) {
        ids[count] = ids[i];
        z[count++] = z[i];
      }
    }
    size = count;
  }
}
