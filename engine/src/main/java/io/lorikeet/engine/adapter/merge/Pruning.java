package io.lorikeet.engine.adapter.merge;

import java.util.Arrays;

/** The largest entries of a matrix, found without sorting it. */
final class Pruning {
  private static final int HIGH_BITS = 15;
  private static final int LOW_BITS = 16;

  private Pruning() {}

  /**
   * Sets all but the {@code floor(density * length)} entries of the largest absolute value to zero.
   * Among equal ones the first stay: PEFT leaves that open.
   */
  static void byMagnitude(float[] values, double density) {
    int kept = (int) (density * values.length);
    if (kept >= values.length) {
      return;
    }
    if (kept == 0) {
      Arrays.fill(values, 0);
      return;
    }
    // The bits of a non-negative float ascend with its value: count by the high ones, then by the
    // low ones within the group that the limit falls into.
    int[] groups = new int[1 << HIGH_BITS];
    for (float value : values) {
      groups[magnitude(value) >>> LOW_BITS]++;
    }
    int left = kept;
    int high = groups.length - 1;
    while (groups[high] < left) {
      left -= groups[high--];
    }
    int[] members = new int[1 << LOW_BITS];
    for (float value : values) {
      if (magnitude(value) >>> LOW_BITS == high) {
        members[magnitude(value) & (members.length - 1)]++;
      }
    }
    int low = members.length - 1;
    while (members[low] < left) {
      left -= members[low--];
    }
    keep(values, high << LOW_BITS | low, left);
  }

  private static void keep(float[] values, int limit, int atLimit) {
    int left = atLimit;
    for (int i = 0; i < values.length; i++) {
      int magnitude = magnitude(values[i]);
      boolean stays = magnitude > limit || (magnitude == limit && left-- > 0);
      if (!stays) {
        values[i] = 0;
      }
    }
  }

  private static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & Integer.MAX_VALUE;
  }
}
