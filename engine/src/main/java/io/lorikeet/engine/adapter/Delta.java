package io.lorikeet.engine.adapter;

import java.util.Optional;

/**
 * What an adapter does to one linear layer: {@code y = rowScale * (W (inputScale * x) + B A x) +
 * baseBias + bias}, each part only where present.
 *
 * @param lowRank the low-rank update
 * @param rowScale factor of each output, {@code [out]}, before the base bias is added: DoRA's
 *     magnitude over norm, IA3's vector
 * @param inputScale factor of each input of W, {@code [in]}: IA3 in feed-forward layers
 * @param bias what is added to the base's bias, {@code [out]}
 */
public record Delta(
    Optional<LowRank> lowRank,
    Optional<float[]> rowScale,
    Optional<float[]> inputScale,
    Optional<float[]> bias) {
  /** The layer stays as it is. */
  public static final Delta NONE = new Delta(Optional.empty(), Optional.empty());

  /** A delta without input scale and bias. */
  public Delta(Optional<LowRank> lowRank, Optional<float[]> rowScale) {
    this(lowRank, rowScale, Optional.empty(), Optional.empty());
  }

  public boolean isNone() {
    return lowRank.isEmpty() && rowScale.isEmpty() && inputScale.isEmpty() && bias.isEmpty();
  }

  /**
   * Whether it only adds something to the base's output, so that a weighted sum of deltas exists.
   */
  public boolean isSum() {
    return rowScale.isEmpty() && inputScale.isEmpty();
  }
}
