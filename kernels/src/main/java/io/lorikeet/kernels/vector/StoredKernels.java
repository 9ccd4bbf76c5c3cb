package io.lorikeet.kernels.vector;

import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.QuantizedMatrix;

/**
 * The operations that read stored weights, for weights of one storage type. Parameters and results
 * are those of {@link Kernels}.
 */
public interface StoredKernels {
  /** {@link Kernels#matmul}. */
  void matmul(
      Matrix w,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to);

  /** {@link Kernels#matmulInt8}; only for F16, the type of the scales. */
  void matmulInt8(
      QuantizedMatrix w,
      int rowBegin,
      int rowEnd,
      Int8Rows x,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to);

  /** {@link Kernels#matmulExact}; only for F16, the type of the scales. */
  void matmulExact(
      QuantizedMatrix w,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to);

  /** {@link Kernels#pack}. */
  void pack(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd);

  /** {@link Kernels#expand}. */
  void expand(
      PackedB b,
      int outBegin,
      int outEnd,
      float[] h,
      int hStride,
      int hOffset,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      float[] weights,
      int from,
      int to);

  /** {@link Kernels#widenRow}. */
  void widenRow(Matrix table, int row, float[] y, int yOffset);
}
