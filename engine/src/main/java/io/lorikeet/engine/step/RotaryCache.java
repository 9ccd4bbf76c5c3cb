package io.lorikeet.engine.step;

import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.engine.model.RopeTable;
import java.util.Arrays;

/**
 * Angles of recent positions, so that a step seldom computes sines. A direct-mapped cache: a
 * position has one place, and whoever comes last has it.
 */
final class RotaryCache {
  private static final int PLACES_MAX = 4096;
  private static final long NONE = -1;

  private final RopeTable table;
  private final int half;
  private final long[] keys; // length class and position
  private final float[] cos; // [places, rotaryDim / 2]
  private final float[] sin;

  /**
   * @param rotaryDim dimensions that rotate
   * @param positionsMax positions of a sequence
   */
  RotaryCache(RopeSpec spec, int rotaryDim, int positionsMax) {
    table = new RopeTable(spec, rotaryDim);
    half = rotaryDim / 2;
    int places = Math.min(positionsMax, PLACES_MAX);
    keys = new long[places];
    cos = new float[places * half];
    sin = new float[places * half];
    Arrays.fill(keys, NONE);
  }

  /**
   * Writes cosines and sines of a position, {@code [rotaryDim / 2]} each; see {@link RopeTable}.
   */
  void fill(int position, int length, float[] cosOut, float[] sinOut, int offset) {
    int place = position % keys.length;
    long key = (long) table.lengthClass(length) << Integer.SIZE | position;
    if (keys[place] != key) {
      table.fill(position, length, cos, sin, place * half);
      keys[place] = key;
    }
    System.arraycopy(cos, place * half, cosOut, offset, half);
    System.arraycopy(sin, place * half, sinOut, offset, half);
  }
}
