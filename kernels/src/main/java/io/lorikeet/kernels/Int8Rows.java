package io.lorikeet.kernels;

import java.util.Arrays;

/**
 * Activations as 8-bit integers in blocks of 32, each with an F32 scale: what {@link
 * Kernels#quantize} writes and {@link Kernels#matmulInt8} reads.
 *
 * @param values {@code [rows, stride]}, -127..127, zeros beyond the width
 * @param stride bytes of a row, a multiple of 64
 * @param scales {@code [rows, blocks]}
 * @param sums {@code [rows, blocks]}, of a block's integers
 * @param blocks of a row, two for each unit of 64 columns
 */
public record Int8Rows(byte[] values, int stride, float[] scales, int[] sums, int blocks) {
  private static final float LEAST = 0x1p-100f;
  private static final int MOST = 127;

  /** Room for rows of {@code width} values. */
  public static Int8Rows allocate(int rows, int width) {
    int padded = QuantizedMatrix.units(width) * BlockFormat.UNIT;
    // Rows a power of two apart would share cache sets.
    int stride = Integer.bitCount(padded) == 1 ? padded + BlockFormat.UNIT : padded;
    int blocks = padded / BlockFormat.BLOCK;
    return new Int8Rows(
        new byte[Math.multiplyExact(rows, stride)],
        stride,
        new float[rows * blocks],
        new int[rows * blocks],
        blocks);
  }

  /** {@link Kernels#quantize} as it is defined. */
  public void quantize(float[] x, int xOffset, int width, int row) {
    Arrays.fill(values, row * stride, (row + 1) * stride, (byte) 0);
    for (int b = 0; b < blocks; b++) {
      int first = b * BlockFormat.BLOCK;
      int count = Math.clamp(width - first, 0, BlockFormat.BLOCK);
      quantize(x, xOffset + first, count, row * stride + first, row * blocks + b);
    }
  }

  private void quantize(float[] x, int offset, int count, int at, int block) {
    float largest = 0f;
    for (int i = offset; i < offset + count; i++) {
      largest = Math.max(largest, Float.isFinite(x[i]) ? Math.abs(x[i]) : Float.NaN);
    }
    int sum = 0;
    if (largest >= LEAST) {
      float inverse = MOST / largest;
      for (int i = 0; i < count; i++) {
        float rounded = x[offset + i] * inverse + ExactMath.ROUND;
        int q = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(ExactMath.ROUND);
        values[at + i] = (byte) q;
        sum += q;
      }
    }
    scales[block] = largest < LEAST ? 0f : largest / MOST;
    sums[block] = sum;
  }
}
