package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.ReplacedNorm;
import io.lorikeet.engine.model.Projection;

/** A module of the base that an adapter's tensors can belong to. */
sealed interface Site {
  /** A linear layer of a decoder layer. */
  record Linear(int layer, Projection projection) implements Site {}

  /** A norm; after the last layer its number is the number of layers. */
  record Scale(int layer, ReplacedNorm norm) implements Site {}

  /** The input embedding. */
  record Embedding() implements Site {}

  /** The output embedding. */
  record Head() implements Site {}
}
