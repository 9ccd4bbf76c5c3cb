package io.lorikeet.engine.adapter;

import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * What an adapter does to the head: first the matrix, then its rows, then the delta.
 *
 * @param matrix {@code [vocab, hidden]} in place of the base's
 * @param rows rows in place of the matrix's
 * @param delta as for every linear layer
 */
public record HeadDelta(Optional<Matrix> matrix, Optional<TokenRows> rows, Delta delta) {
  /** The head stays as it is. */
  public static final HeadDelta NONE =
      new HeadDelta(Optional.empty(), Optional.empty(), Delta.NONE);

  public boolean isNone() {
    return matrix.isEmpty() && rows.isEmpty() && delta.isNone();
  }

  /** Whether it only adds something to the base's logits. */
  public boolean isSum() {
    return matrix.isEmpty() && rows.isEmpty() && delta.isSum();
  }
}
