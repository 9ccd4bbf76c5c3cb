package io.lorikeet.engine.adapter;

import java.util.Optional;

/**
 * What an adapter does to one linear layer: {@code y = rowScale * (W x + B A x) + bias}, each part
 * only where present.
 *
 * @param lowRank the low-rank update
 * @param rowScale DoRA's magnitude over norm, {@code [out]}, applied before the base bias is added
 */
public record Delta(Optional<LowRank> lowRank, Optional<float[]> rowScale) {
  /** The layer stays as it is. */
  public static final Delta NONE = new Delta(Optional.empty(), Optional.empty());

  public boolean isNone() {
    return lowRank.isEmpty() && rowScale.isEmpty();
  }
}
