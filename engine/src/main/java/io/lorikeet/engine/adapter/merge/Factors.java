package io.lorikeet.engine.adapter.merge;

import io.lorikeet.kernels.Matrix;

/**
 * The update {@code scale * B A} of one module as it was trained, its factors apart.
 *
 * @param a {@code [rank, in]}; of an embedding {@code [rank, vocab]}
 * @param b {@code [out, rank]}; of an embedding {@code [hidden, rank]}
 * @param scale alpha / rank
 */
public record Factors(Matrix a, Matrix b, double scale) {
  public Factors {
    if (a.rows() != b.cols()) {
      throw new IllegalArgumentException(
          "rank of A and B must be equal. Given: " + a.rows() + ", " + b.cols());
    }
  }

  int rank() {
    return a.rows();
  }
}
