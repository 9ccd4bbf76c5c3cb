package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Four rows of weights, widened once for all tokens of a block: {@code [cols / 16][4][16]}, one
 * stream for the tile to read. Columns beyond the last whole chain step stay outside. One per
 * thread.
 */
final class Panel {
  /** Sums of one tile, {@code [token][row][16]}. */
  final float[] sums = new float[Tiles.TOKENS * Tiles.ROWS * CHAIN];

  /** Chains of quantised weights, {@code [token][chain][row]}; the first chain becomes the sum. */
  final float[] chains = new float[Tiles.TOKENS * CHAIN * CHAIN];

  /** Activations of the last chunk with zeros behind them, {@code [token][16]}. */
  final float[] tails = new float[Tiles.TOKENS * CHAIN];

  final Packing packing = new Packing();

  float[] weights = new float[0];

  /** Takes rows {@code [row, row + rows)}; what lies beyond keeps old values. */
  void fill(Matrix w, int row, int rows) {
    int width = w.cols() & -CHAIN;
    if (weights.length < width * Tiles.ROWS) {
      weights = new float[width * Tiles.ROWS];
    }
    for (int r = 0; r < rows; r++) {
      long first = (long) (row + r) * w.cols() * Stored.BYTES;
      for (int part = 0; part < CHAIN; part += LENGTH) {
        long offset = first + (long) part * Stored.BYTES;
        widen(w.data(), offset, width, weights, r * CHAIN + part);
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
