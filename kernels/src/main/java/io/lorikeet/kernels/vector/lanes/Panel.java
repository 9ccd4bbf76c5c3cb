package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Some rows of weights, widened once for all tokens of a block and read from a core's second-level
 * cache while a tile's tokens stay in the first one. Columns beyond the last whole chain step stay
 * outside. One per thread.
 */
final class Panel {
  private static final int ROWS = 16;
  private static final int WEIGHTS = 1 << 16;

  /** Sums of one tile, {@code [token][row][16]}. */
  final float[] sums = new float[Tiles.TOKENS * Tiles.ROWS * CHAIN];

  /** Chains of quantised weights, {@code [token][chain][row]}; the first chain becomes the sum. */
  final float[] chains = new float[Tiles.TOKENS * CHAIN * CHAIN];

  /** Activations of the last chunk with zeros behind them, {@code [token][16]}. */
  final float[] tails = new float[Tiles.TOKENS * CHAIN];

  final Packing packing = new Packing();
  final IntegerPanel integers = new IntegerPanel();

  /** {@code [row / 4][cols / 16][4][16]}. */
  float[] weights = new float[0];

  /** Rows that a panel takes, a multiple of four. */
  static int rows(int cols) {
    return Math.clamp(WEIGHTS / cols / Tiles.ROWS, 1, ROWS / Tiles.ROWS) * Tiles.ROWS;
  }

  /** Takes rows {@code [row, row + rows)}; what lies beyond keeps old values. */
  void fill(Matrix w, int row, int rows) {
    int width = w.cols() & -CHAIN;
    if (weights.length < width * rows(w.cols())) {
      weights = new float[width * rows(w.cols())];
    }
    for (int r = 0; r < rows; r++) {
      long first = (long) (row + r) * w.cols() * Stored.BYTES;
      for (int part = 0; part < CHAIN; part += LENGTH) {
        long offset = first + (long) part * Stored.BYTES;
        int four = r / Tiles.ROWS * Tiles.ROWS * width;
        widen(w.data(), offset, width, weights, four + r % Tiles.ROWS * CHAIN + part);
      }
    }
  }

  private static void widen(
      MemorySegment data, long offset, int width, float[] weights, int index) {
    for (int k = 0; k < width; k += CHAIN) {
      Stored.load(data, offset + (long) k * Stored.BYTES)
          .intoArray(weights, k * Tiles.ROWS + index);
    }
  }
}
