package io.lorikeet.engine.cpu;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;

/**
 * Activations of a step: a row of {@code width} floats per token position, {@code stride} apart.
 *
 * @param stride a multiple of 16 floats and no power of two, so that rows do not share cache sets
 */
record Panel(float[] data, int width, int stride) {
  /**
   * An empty panel.
   *
   * @throws LorikeetException MODEL_MEMORY_EXCEEDED, for more floats than an array holds
   */
  static Panel of(int rows, int width) {
    int stride = stride(width);
    long floats = (long) rows * stride;
    if (floats > Integer.MAX_VALUE - 8) {
      throw new LorikeetException(
          ErrorCode.MODEL_MEMORY_EXCEEDED,
          "`engine.rows-max` must be <= %d for rows of %d values. Given: %d"
              .formatted((Integer.MAX_VALUE - 8) / stride, width, rows));
    }
    return new Panel(new float[(int) floats], width, stride);
  }

  /** Bytes of a panel. */
  static long bytes(int rows, int width) {
    return (long) rows * stride(width) * Float.BYTES;
  }

  /** Offset of a row. */
  int at(int row) {
    return row * stride;
  }

  private static int stride(int width) {
    int padded = Math.ceilDiv(width, 16) * 16;
    return Integer.bitCount(padded) == 1 ? padded + 16 : padded;
  }
}
