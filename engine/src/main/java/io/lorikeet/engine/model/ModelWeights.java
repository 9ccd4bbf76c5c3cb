package io.lorikeet.engine.model;

import io.lorikeet.kernels.Matrix;
import java.util.List;
import java.util.Optional;

/**
 * The base weights under canonical names. Matrices lie in the mapped files, but for those that the
 * files store transposed; vectors are widened copies. Thread-safe, immutable.
 */
public interface ModelWeights {
  /** {@code [vocab, hidden]} */
  Matrix embedding();

  /** {@code [positions, hidden]}, where positions are learned. */
  Optional<Matrix> positions();

  /** Of the embedding. */
  Optional<Norm> embeddingNorm();

  /** {@code [hidden]} */
  Norm finalNorm();

  /** {@code [vocab, hidden]}; the embedding where tied. */
  Matrix head();

  /** {@code [vocab]} */
  Optional<float[]> headBias();

  /**
   * One of {@link DecoderSpec#norms()}; those of queries and keys hold all their heads one after
   * the other where heads have weights of their own.
   */
  Norm norm(int layer, NormPlace place);

  /** {@code [out, in]}, one of {@link DecoderSpec#projections()}. */
  Matrix projection(int layer, Projection projection);

  /** {@code [out]} */
  Optional<float[]> bias(int layer, Projection projection);

  /** The sparse feed-forward layer, where there is one. */
  Optional<ExpertWeights> experts(int layer);

  /** Every matrix once. */
  List<Matrix> matrices();

  /** Bytes of matrices that were copied because the files store them transposed. */
  long copiedBytes();

  /**
   * Experts of one layer.
   *
   * @param router {@code [experts, hidden]}
   * @param sharedGate {@code [1, hidden]}, where there is a shared expert
   * @param gate {@code [intermediate, hidden]} each
   * @param up likewise
   * @param down {@code [hidden, intermediate]} each
   */
  record ExpertWeights(
      Matrix router,
      Optional<Matrix> sharedGate,
      List<Matrix> gate,
      List<Matrix> up,
      List<Matrix> down) {}
}
