package io.lorikeet.engine.model;

import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * The base weights under canonical names. Matrices lie in the mapped files; vectors are widened
 * copies. Thread-safe, immutable.
 */
public interface ModelWeights {
  /** {@code [vocab, hidden]} */
  Matrix embedding();

  /** {@code [vocab, hidden]}; the embedding where tied. */
  Matrix head();

  /** {@code [hidden]} */
  float[] finalNorm();

  /** {@code [hidden]}, before attention. */
  float[] attentionNorm(int layer);

  /** {@code [hidden]}, before the feed-forward layer. */
  float[] mlpNorm(int layer);

  /** {@code [out, in]} */
  Matrix projection(int layer, Projection projection);

  /** {@code [out]} */
  Optional<float[]> bias(int layer, Projection projection);
}
