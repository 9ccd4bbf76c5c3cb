package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;

/** A module of the base that an adapter's tensors can belong to. */
sealed interface Site {
  /** A linear layer of a decoder layer. */
  record Linear(int layer, Projection projection) implements Site {}

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
