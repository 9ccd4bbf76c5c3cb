package io.lorikeet.engine.sample;

import java.util.Arrays;

/**
 * The largest logit of each column, with a vocabulary laid out in rows of 1,024: one pass that
 * tells the maximum, whether any value is NaN, and a floor under the k largest values.
 */
final class ColumnMaxima {
  private static final int COLUMNS = 1024;

  private final float[] maxima;
  private final int[] keys;
  private final TailBoundary boundary = new TailBoundary();

  ColumnMaxima(int vocab) {
    maxima = new float[Math.min(COLUMNS, vocab)];
    keys = new int[maxima.length];
  }

  /**
   * Reads a row of logits.
   *
   * @return the largest; NaN if any is NaN
   */
  float read(float[] x, int offset, int vocab) {
    Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < vocab; row += maxima.length) {
      int width = Math.min(maxima.length, vocab - row);
      for (int column = 0; column < width; column++) {
        maxima[column] = Math.max(maxima[column], x[offset + row + column]);
      }
    }
    float max = Float.NEGATIVE_INFINITY;
    for (float m : maxima) {
      max = Math.max(max, m);
    }
    return max;
  }

  /**
   * A value that at least k logits of the last row reach, and few more; negative infinity where the
   * columns can't tell.
   */
  float floorOfLargest(int k) {
    if (k > maxima.length) {
      return Float.NEGATIVE_INFINITY;
    }
    for (int i = 0; i < maxima.length; i++) {
      keys[i] = FloatOrder.key(maxima[i]);
    }
    // The k-th largest maximum: k columns hold a value that is no smaller.
    boundary.find(keys, TailBoundary.COUNT, maxima.length, maxima.length - k);
    return FloatOrder.value(boundary.key());
  }
}
