package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;

/** A module of the base that an adapter's tensors can belong to. */
sealed interface Site {
  /** A linear layer of a decoder layer. */
  record Linear(int layer, Projection projection) implements Site {}

  /** A linear layer of one expert: GATE, UP or DOWN. */
  record Expert(int layer, int expert, Projection projection) implements Site {}

  /**
   * A fused weight of all experts of a layer. PEFT wraps their module for each of its adapted
   * weights.
   *
   * @param inner in the first wrapper, which stands in the second one
   */
  record FusedExperts(int layer, boolean inner) implements Site {}

  /** The layer that scores experts. */
  record Router(int layer) implements Site {}

  /** The gate of the shared expert. */
  record SharedGate(int layer) implements Site {}

  /** A norm. */
  sealed interface Scale extends Site {}

  /** A norm of a decoder layer. */
  record LayerNorm(int layer, NormPlace place) implements Scale {}

  /** The embedding's norm. */
  record EmbeddingNorm() implements Scale {}

  /** The norm that follows the last layer. */
  record LastNorm() implements Scale {}

  /** The adapter as a whole. */
  record Shared() implements Site {}

  /** The input embedding. */
  record Embedding() implements Site {}

  /** Learned positions. */
  record Positions() implements Site {}

  /** The output embedding. */
  record Head() implements Site {}
}
