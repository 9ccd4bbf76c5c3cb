package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;

/** A matrix of the base as it is multiplied with. */
sealed interface Weight {
  int rows();

  /**
   * {@code y[yRows[i]] = W x[xRows[i]]} for entries [from, to), outputs [begin, end).
   *
   * @param begin a multiple of 16, or 0
   * @param end a multiple of 16, or the rows
   */
  void multiply(
      Kernels kernels,
      int begin,
      int end,
      Input x,
      int[] xRows,
      Panel y,
      int[] yRows,
      int from,
      int to);

  /** Read where it lies, with activations in F32. */
  record Stored(Matrix matrix) implements Weight {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public void multiply(
        Kernels kernels,
        int begin,
        int end,
        Input x,
        int[] xRows,
        Panel y,
        int[] yRows,
        int from,
        int to) {
      Panel panel = x.panel();
      kernels.matmul(
          matrix,
          begin,
          end,
          panel.data(),
          panel.stride(),
          xRows,
          y.data(),
          y.stride(),
          0,
          yRows,
          from,
          to);
    }
  }

  /** Read where it lies, in BF16, with activations in BF16. */
  record Bf16(Matrix matrix) implements Weight {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public void multiply(
        Kernels kernels,
        int begin,
        int end,
        Input x,
        int[] xRows,
        Panel y,
        int[] yRows,
        int from,
        int to) {
      kernels.matmulBf16(
          matrix, begin, end, x.bf16(), xRows, y.data(), y.stride(), 0, yRows, from, to);
    }
  }

  /** Quantised at load, with 8-bit activations. */
  record Quantized(QuantizedMatrix matrix) implements Weight {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public void multiply(
        Kernels kernels,
        int begin,
        int end,
        Input x,
        int[] xRows,
        Panel y,
        int[] yRows,
        int from,
        int to) {
      kernels.matmulInt8(
          matrix, begin, end, x.int8(), xRows, y.data(), y.stride(), 0, yRows, from, to);
    }
  }

  /** Quantised at load, with activations in F32. */
  record Exact(QuantizedMatrix matrix) implements Weight {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public void multiply(
        Kernels kernels,
        int begin,
        int end,
        Input x,
        int[] xRows,
        Panel y,
        int[] yRows,
        int from,
        int to) {
      Panel panel = x.panel();
      kernels.matmulExact(
          matrix,
          begin,
          end,
          panel.data(),
          panel.stride(),
          xRows,
          y.data(),
          y.stride(),
          0,
          yRows,
          from,
          to);
    }
  }
}
