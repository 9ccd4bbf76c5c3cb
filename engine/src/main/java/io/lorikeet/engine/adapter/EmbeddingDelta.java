package io.lorikeet.engine.adapter;

import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * What an adapter does to the embedding of a token or of a learned position, before any factor of
 * the model: first the matrix, then its rows, then the update.
 *
 * @param matrix {@code [tokens, hidden]} in place of the base's
 * @param rows rows in place of the matrix's
 * @param update what is added
 */
public record EmbeddingDelta(
    Optional<Matrix> matrix, Optional<TokenRows> rows, Optional<Update> update) {
  /** The embedding stays as it is. */
  public static final EmbeddingDelta NONE =
      new EmbeddingDelta(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * {@code B a[token]}, the scale already folded into B.
   *
   * @param a {@code [tokens, rank]}: the columns of LoRA's A, which tokens pick
   * @param b {@code [hidden, rank]}
   */
  public record Update(Matrix a, Matrix b) {
    public Update {
      if (a.cols() != b.cols()) {
        throw new IllegalArgumentException(
            "rank of A and B must be equal. Given: " + a.cols() + ", " + b.cols());
      }
    }

    public int rank() {
      return a.cols();
    }
  }

  public boolean isNone() {
    return matrix.isEmpty() && rows.isEmpty() && update.isEmpty();
  }

  /** Whether it only adds something to the base's embedding. */
  public boolean isSum() {
    return matrix.isEmpty() && rows.isEmpty();
  }
}
