package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.PackedB;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** One tile of 16 outputs of a low-rank update. */
final class Expansion {
  private Expansion() {}

  /**
   * {@code sums[o] = sum_r b[o][r] * h[r]} for the 16 outputs of a tile.
   *
   * @param tile byte offset of {@code [rank][16]} in {@code b}
   */
  static void tile(PackedB b, long tile, float[] h, int hOffset, float[] sums) {
    for (int part = 0; part < PackedB.TILE; part += LENGTH) {
      part(b.data(), tile + (long) part * Stored.BYTES, b.rank(), h, hOffset, sums, part);
    }
  }

  private static void part(
      MemorySegment b, long offset, int rank, float[] h, int hOffset, float[] sums, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int r = 0; r < rank; r++) {
      long at = offset + (long) r * PackedB.TILE * Stored.BYTES;
      sum = Stored.load(b, at).fma(Lanes.broadcast(h[hOffset + r]), sum);
    }
    sum.intoArray(sums, part);
  }

  /** {@code y[o] = fma(weight, sums[o], y[o])} for the first {@code outs} outputs. */
  static void addWeighted(float weight, float[] sums, float[] y, int yOffset, int outs) {
    int o = 0;
    for (; o <= outs - LENGTH; o += LENGTH) {
      FloatVector sum = Lanes.load(sums, o);
      sum.fma(Lanes.broadcast(weight), Lanes.load(y, yOffset + o)).intoArray(y, yOffset + o);
    }
    for (; o < outs; o++) {
      y[yOffset + o] = Math.fma(weight, sums[o], y[yOffset + o]);
    }
  }
}
