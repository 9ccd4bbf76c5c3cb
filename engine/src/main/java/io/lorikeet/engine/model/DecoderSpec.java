package io.lorikeet.engine.model;

/**
 * Describes a decoder by knobs instead of classes. A knob exists only when every executor
 * implements it; a reader refuses what no knob expresses.
 *
 * @param modelType {@code model_type} of config.json
 * @param layers decoder layers
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key/value heads; divides heads (GQA, MQA)
 * @param headDim width of one head; may differ from hidden / heads
 * @param intermediate width of the feed-forward layer
 * @param vocab rows of the embedding
 * @param contextMax positions of one sequence ({@code max_position_embeddings})
 * @param normEps epsilon of every RMS norm
 * @param activation of the gated feed-forward layer
 * @param attentionScale factor of the scores, usually 1 / sqrt(headDim)
 * @param rope rotary embedding
 * @param tiedEmbeddings the head is the embedding matrix
 */
public record DecoderSpec(
    String modelType,
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int intermediate,
    int vocab,
    int contextMax,
    float normEps,
    Activation activation,
    float attentionScale,
    RopeSpec rope,
    boolean tiedEmbeddings) {

  /** Activation of the feed-forward layer. */
  public enum Activation {
    SILU,
    GELU,
    GELU_TANH
  }

  /**
   * Positions that a sequence may have: {@code contextMax}, but dynamic scaling is made to stretch
   * that by its factor.
   */
  public int positionsMax() {
    return rope instanceof RopeSpec.Dynamic dynamic
        ? (int) Math.min(contextMax * dynamic.factor(), Integer.MAX_VALUE)
        : contextMax;
  }

  /** Output width of a projection. */
  public int outputs(Projection projection) {
    return switch (projection) {
      case Q -> heads * headDim;
      case K, V -> kvHeads * headDim;
      case O, DOWN -> hidden;
      case GATE, UP -> intermediate;
    };
  }

  /** Input width of a projection. */
  public int inputs(Projection projection) {
    return switch (projection) {
      case Q, K, V, GATE, UP -> hidden;
      case O -> heads * headDim;
      case DOWN -> intermediate;
    };
  }
}
