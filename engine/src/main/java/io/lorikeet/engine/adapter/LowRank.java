package io.lorikeet.engine.adapter;

import io.lorikeet.kernels.Matrix;

/**
 * A low-rank update {@code y += B (A x)}, the scale already folded into B.
 *
 * @param a {@code [rank, in]}, in the stored type
 * @param b {@code [out, rank]}, in the stored type where folding the scale is exact, else F32
 */
public record LowRank(Matrix a, Matrix b) {
  public LowRank {
    if (a.rows() != b.cols()) {
      throw new IllegalArgumentException(
          "rank of A and B must be equal. Given: " + a.rows() + ", " + b.cols());
    }
  }

  public int rank() {
    return a.rows();
  }
}
