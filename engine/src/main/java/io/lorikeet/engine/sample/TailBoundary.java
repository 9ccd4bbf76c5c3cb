package io.lorikeet.engine.sample;

import java.util.Arrays;

/**
 * Finds where a tail of small values ends whose mass must not pass a limit: from the smallest key
 * up, whole groups of equal keys are taken while the mass of all taken is within the limit; the
 * boundary is the first group that does not fit. Works on digits of 11, 11 and 10 bits, so the cost
 * is three passes whatever the order, and masses are integers, so their sums have no rounding.
 */
final class TailBoundary {
  /** Stands for masses of one each. */
  static final long[] COUNT = {};

  private static final int[] DIGIT_BITS = {11, 11, 10};

  private final long[] sums = new long[1 << 11];
  private int key;
  private long below;

  /**
   * @param keys of {@link FloatOrder}
   * @param masses one per key, or {@link #COUNT}
   * @param size number of keys
   * @param limit less than the mass of all
   */
  void find(int[] keys, long[] masses, int size, long limit) {
    key = 0;
    below = 0;
    int shift = Integer.SIZE;
    for (int bits : DIGIT_BITS) {
      sum(keys, masses, size, shift, bits);
      int digit = 0;
      while (below + sums[digit] <= limit) {
        below += sums[digit++];
      }
      key = (key << bits) | digit;
      shift -= bits;
    }
  }

  /** The key of the first group that does not fit. */
  int key() {
    return key;
  }

  /** The mass of all smaller keys. */
  long below() {
    return below;
  }

  // Masses by the digit below bit `shift`, of the keys whose upper digits are those found so far.
  private void sum(int[] keys, long[] masses, int size, int shift, int bits) {
    Arrays.fill(sums, 0);
    boolean count = masses.length == 0;
    int low = shift - bits;
    int mask = (1 << bits) - 1;
    for (int i = 0; i < size; i++) {
      if (shift == Integer.SIZE || keys[i] >>> shift == key) {
        sums[(keys[i] >>> low) & mask] += count ? 1 : masses[i];
      }
    }
  }
}
