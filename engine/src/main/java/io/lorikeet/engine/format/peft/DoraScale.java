package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * DoRA's factor of each output row: magnitude over the norm of the row of {@code W + B A}, the
 * scale folded into B. It depends on base and adapter only. Source: peft 0.21.2, DoraLinearLayer.
 */
final class DoraScale {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private DoraScale() {}

  /**
   * Computes the factors row by row; beside A in F32 only single rows are widened.
   *
   * @param key of the module, for messages
   * @param base {@code [out, in]}
   * @param magnitude {@code [1, out]}
   * @return {@code [out]}
   * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_TENSOR_NOT_FINITE where a row's norm
   *     is zero or the factor does not fit F32
   */
  static float[] of(String key, Matrix base, LowRank delta, Matrix magnitude) {
    int in = base.cols();
    int rank = delta.rank();
    float[][] a = new float[rank][in]; // [rank, in]
    for (int k = 0; k < rank; k++) {
      widenRow(delta.a(), k, a[k]);
    }
    float[] b = new float[rank];
    float[] row = new float[in];
    float[] scale = new float[base.rows()];
    for (int o = 0; o < scale.length; o++) {
      widenRow(base, o, row);
      widenRow(delta.b(), o, b);
      addProduct(row, b, a);
      double factor = Widen.element(magnitude.dtype(), magnitude.data(), o) / norm(row);
      scale[o] = (float) factor;
      if (!Float.isFinite(scale[o])) {
        throw FileFamily.ADAPTER.tensorNotFinite(
            "the magnitude of row %d of `%s` over the row's norm must fit F32. Given: %s"
                .formatted(o, key, factor));
      }
    }
    return scale;
  }

  /** Whether a factor differs from 1 by more than the stored types' rounding of norms. */
  static boolean changes(float[] scale, DType base, DType magnitude) {
    double rounding = Math.max(rounding(base), rounding(magnitude));
    for (float factor : scale) {
      if (Math.abs(factor - 1) > rounding) {
        return true;
      }
    }
    return false;
  }

  private static double rounding(DType dtype) {
    return switch (dtype) {
      case F32 -> 0x1p-18;
      case F16 -> 0x1p-10;
      case BF16 -> 0x1p-7;
    };
  }

  // Four rows of A at once, so that the sum is loaded and stored less often.
  private static void addProduct(float[] row, float[] b, float[][] a) {
    int k = 0;
    for (; k + 4 <= b.length; k += 4) {
      addFour(row, b, a, k);
    }
    for (; k < b.length; k++) {
      float factor = b[k];
      float[] line = a[k];
      for (int i = 0; i < row.length; i++) {
        row[i] += factor * line[i];
      }
    }
  }

  private static void addFour(float[] row, float[] b, float[][] a, int k) {
    float b0 = b[k];
    float b1 = b[k + 1];
    float b2 = b[k + 2];
    float b3 = b[k + 3];
    float[] a0 = a[k];
    float[] a1 = a[k + 1];
    float[] a2 = a[k + 2];
    float[] a3 = a[k + 3];
    for (int i = 0; i < row.length; i++) {
      row[i] += (b0 * a0[i] + b1 * a1[i]) + (b2 * a2[i] + b3 * a3[i]);
    }
  }

  private static double norm(float[] row) {
    double even = 0;
    double odd = 0;
    int i = 0;
    for (; i + 2 <= row.length; i += 2) {
      even += (double) row[i] * row[i];
      odd += (double) row[i + 1] * row[i + 1];
    }
    double last = i < row.length ? (double) row[i] * row[i] : 0;
    return Math.sqrt(even + odd + last);
  }

  private static void widenRow(Matrix matrix, int row, float[] into) {
    MemorySegment data = matrix.data();
    long begin = (long) row * matrix.cols() * matrix.dtype().bytes();
    if (matrix.dtype() == DType.F32) {
      MemorySegment.copy(data, FLOAT, begin, into, 0, into.length);
      return;
    }
    for (int i = 0; i < into.length; i++) {
      short bits = data.get(SHORT, begin + (long) i * Short.BYTES);
      into[i] = matrix.dtype() == DType.F16 ? Widen.f16(bits) : Widen.bf16(bits);
    }
  }
}
