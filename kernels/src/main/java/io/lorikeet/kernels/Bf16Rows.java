package io.lorikeet.kernels;

import java.util.Arrays;

/**
 * Activations as BF16: what {@link Kernels#roundBf16} writes and {@link Kernels#matmulBf16} reads.
 *
 * @param values {@code [rows, stride]}, zeros beyond the width
 * @param stride elements of a row, a multiple of 32
 */
public record Bf16Rows(short[] values, int stride) {
  private static final int STEP = 32;

  /** What lies below, in magnitude, is rounded to a number below {@link Float#MIN_NORMAL}. */
  private static final double TINY = 0x1p-126 - 0x1p-151;

  /** Room for rows of {@code width} values. */
  public static Bf16Rows allocate(int rows, int width) {
    int padded = padded(width);
    // Rows a power of two apart would share cache sets.
    int stride = Integer.bitCount(padded) == 1 ? padded + STEP : padded;
    return new Bf16Rows(new short[Math.multiplyExact(rows, stride)], stride);
  }

  /** Elements that are read of a row of {@code width}. */
  public static int padded(int width) {
    return (width + STEP - 1) & -STEP;
  }

  /** {@link Kernels#roundBf16} as it is defined. */
  public void round(float[] x, int xOffset, int width, int row) {
    int at = row * stride;
    for (int i = 0; i < width; i++) {
      values[at + i] = rounded(x[xOffset + i]);
    }
    Arrays.fill(values, at + width, at + stride, (short) 0);
  }

  private static short rounded(float x) {
    int bits = Float.floatToRawIntBits(x);
    int nearest = Float.isNaN(x) ? bits | 0x400000 : bits + 0x7fff + ((bits >>> 16) & 1);
    return (short) (nearest >>> 16);
  }

  /** {@link Kernels#matmulBf16} as it is defined. */
  public void multiply(
      Matrix w,
      int rowBegin,
      int rowEnd,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    w.require(DType.BF16);
    for (int r = rowBegin; r < rowEnd; r++) {
      for (int i = from; i < to; i++) {
        y[yRows[i] * yStride + yOffset + r] = dot(w, r, xRows[i] * stride);
      }
    }
  }

  // The lanes meet as in ExactMath.tree.
  private float dot(Matrix w, int row, int at) {
    return (quad(w, row, at, 0) + quad(w, row, at, 2))
        + (quad(w, row, at, 1) + quad(w, row, at, 3));
  }

  private float quad(Matrix w, int row, int at, int lane) {
    return (lane(w, row, at, lane) + lane(w, row, at, lane + 8))
        + (lane(w, row, at, lane + 4) + lane(w, row, at, lane + 12));
  }

  private float lane(Matrix w, int row, int at, int lane) {
    float sum = 0f;
    for (int k = 2 * lane; k < padded(w.cols()); k += STEP) {
      sum = multiplyAdd(element(w, row, k + 1), Widen.bf16(values[at + k + 1]), sum);
      sum = multiplyAdd(element(w, row, k), Widen.bf16(values[at + k]), sum);
    }
    return sum;
  }

  private static float element(Matrix w, int row, int k) {
    return k < w.cols() ? Widen.element(DType.BF16, w.data(), (long) row * w.cols() + k) : 0f;
  }

  // One rounding, as if exponents had no end; before and after it what is subnormal is 0.
  private static float multiplyAdd(float a, float b, float c) {
    float x = flushed(a);
    float y = flushed(b);
    float sum = Math.fma(x, y, c);
    if (Math.abs(sum) != Float.MIN_NORMAL) {
      return flushed(sum);
    }
    double product = (double) x * y; // exact
    double near = product + c;
    double rest = c - (near - product) + (product - (near - (near - product)));
    double beyond = Math.abs(near) - TINY;
    boolean tiny = beyond < 0 || (beyond == 0 && rest != 0 && (rest < 0) == (near > 0));
    return tiny ? Math.copySign(0f, sum) : sum;
  }

  private static float flushed(float a) {
    return Math.abs(a) < Float.MIN_NORMAL ? Math.copySign(0f, a) : a;
  }
}
