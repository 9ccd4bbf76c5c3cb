package io.lorikeet.engine.step;

import io.lorikeet.engine.model.RopeSpec;

/** Cosines and sines of a step's rows for one kind of rotary embedding; none for no rotation. */
public final class Angles {
  private final RotaryCache[] cache; // one, or none
  private final int half;
  public final float[] cos; // [rows, rotaryDim / 2]
  public final float[] sin;

  /**
   * @param positionsMax positions of a sequence
   */
  Angles(RopeSpec spec, int rotaryDim, int positionsMax, int rowsMax) {
    boolean rotates = !(spec instanceof RopeSpec.None);
    cache =
        rotates
            ? new RotaryCache[] {new RotaryCache(spec, rotaryDim, positionsMax)}
            : new RotaryCache[0];
    half = rotates ? rotaryDim / 2 : 0;
    cos = new float[rowsMax * half];
    sin = new float[cos.length];
  }

  /** Takes over a row; parameters as in {@link RotaryCache#fill}. */
  void fill(int row, int position, int length) {
    for (RotaryCache each : cache) {
      each.fill(position, length, cos, sin, at(row));
    }
  }

  /** Offset of a row's angles. */
  public int at(int row) {
    return row * half;
  }
}
