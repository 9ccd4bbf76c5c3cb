package io.lorikeet.engine.model;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
 * @param intermediate width of the feed-forward layer, or of one expert
 * @param vocab rows of the embedding
 * @param contextMax positions of one sequence ({@code max_position_embeddings})
 * @param norm kind of every norm
 * @param normEps epsilon of every norm
 * @param residual how attention and feed-forward layer join the residual stream
 * @param mlp kind of the feed-forward layer
 * @param activation of the feed-forward layer
 * @param experts of a sparse feed-forward layer; its dense one is then the shared expert
 * @param layerSpecs what differs from layer to layer
 * @param scaling constant factors and caps
 * @param embeddingNorm whether the embedding is normalised; used by bloom
 * @param headBias whether the head has a bias; used by phi
 * @param tiedEmbeddings the head is the embedding matrix
 * @param modules names of the linear layers
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
    NormKind norm,
    float normEps,
    Residual residual,
    Attention attention,
    MlpKind mlp,
    Activation activation,
    Optional<Experts> experts,
    List<LayerSpec> layerSpecs,
    Scaling scaling,
    boolean embeddingNorm,
    boolean headBias,
    boolean tiedEmbeddings,
    ModulePaths modules) {

  /** Kind of the norms. */
  public enum NormKind {
    /** Root mean square: llama and most others. */
    RMS,
    /**
     * Mean and variance: stablelm, starcoder2, cohere, phi, gpt2, gpt_neox, falcon, bloom, dbrx.
     */
    LAYER
  }

  /** How attention and feed-forward layer join the residual stream x. */
  public enum Residual {
    /** x += attention(norm(x)); x += mlp(norm(x)): llama and most others. */
    PRE,
    /** x += norm(attention(x)); x += norm(mlp(x)): olmo2. */
    POST,
    /** x += norm(attention(norm(x))); x += norm(mlp(norm(x))): gemma2, gemma3_text. */
    SANDWICH,
    /** x += attention(n) + mlp(n), n = norm(x): cohere, phi, falcon, stablelm. */
    PARALLEL,
    /** x += attention(norm1(x)) + mlp(norm2(x)): gpt_neox, falcon. */
    PARALLEL_TWO_NORMS
  }

  /** Where the rows of queries, keys and values stand. */
  public enum QkvLayout {
    /** In three matrices: llama and most others. */
    SEPARATE,
    /** In one: all queries, all keys, all values: phi3, gpt2, dbrx. */
    STACKED,
    /** In one: per key/value head its queries, its key, its value: gpt_neox, falcon, bloom. */
    GROUPED
  }

  /** Norms on queries and keys. */
  public enum QkNorm {
    NONE,
    /** Per head, all with the same weights: qwen3, qwen3_moe, gemma3_text. */
    HEAD,
    /** Per head, each with its own weights: cohere. */
    EACH_HEAD,
    /** Over all heads at once: olmo2. */
    WHOLE
  }

  /** How positions enter. */
  public enum Positions {
    /** Rotary embedding, where a layer's {@link RopeSpec} has one. */
    ROTARY,
    /** A linear bias on the scores: bloom. */
    ALIBI,
    /** A learned row added to the embedding: gpt2. */
    LEARNED
  }

  /**
   * Attention.
   *
   * @param scale factor of the scores, usually 1 / sqrt(headDim)
   * @param softCap cap of the scores, 0 for none: gemma2
   * @param clip bound of queries, keys and values before norms and rotation, 0 for none: dbrx
   * @param rotaryDim dimensions of a head that rotate; fewer than all in phi, phi3, stablelm and
   *     gpt_neox
   * @param interleaved whether neighbours rotate together instead of halves: cohere
   */
  public record Attention(
      QkvLayout layout,
      QkNorm qkNorm,
      float scale,
      float softCap,
      float clip,
      Positions positions,
      int rotaryDim,
      boolean interleaved) {}

  /**
   * What differs from layer to layer.
   *
   * @param window positions that a row attends to, its own included; 0 for all. Used by mistral,
   *     mixtral, qwen2, qwen3, gemma2, gemma3_text, phi3, starcoder2
   * @param rope rotary embedding; two kinds in gemma3_text, none in some layers of smollm3
   */
  public record LayerSpec(int window, RopeSpec rope) {
    /** First position that the row at {@code position} attends to. */
    public int start(int position) {
      return window == 0 ? 0 : Math.max(0, position - window + 1);
    }
  }

  /** Kind of the feed-forward layer. */
  public enum MlpKind {
    /** down(activation(gate(x)) * up(x)): llama and most others. */
    GATED,
    /** As GATED with gate and up in one matrix: phi3. */
    GATED_FUSED,
    /** down(activation(up(x))): starcoder2, phi, gpt2, gpt_neox, falcon, bloom. */
    PLAIN,
    /** No dense one, experts only: mixtral, qwen3_moe, dbrx. */
    NONE
  }

  /** Activation of the feed-forward layer. */
  public enum Activation {
    SILU,
    GELU,
    GELU_TANH
  }

  /**
   * Constant factors, 1 for none, and caps, 0 for none.
   *
   * @param embedding factor of the embedding: gemma, gemma2, gemma3_text, granite
   * @param residual factor of what joins the residual stream: granite
   * @param logits factor of the logits: cohere, granite
   * @param logitsCap soft cap of the logits: gemma2
   */
  public record Scaling(float embedding, float residual, float logits, float logitsCap) {}

  /** The projections that every layer has, in the order of the forward pass. */
  public List<Projection> projections() {
    List<Projection> all = new ArrayList<>();
    if (attention.layout == QkvLayout.SEPARATE) {
      all.addAll(List.of(Projection.Q, Projection.K, Projection.V));
    } else {
      all.add(Projection.QKV);
    }
    all.add(Projection.O);
    all.addAll(
        switch (mlp) {
          case GATED -> List.of(Projection.GATE, Projection.UP, Projection.DOWN);
          case GATED_FUSED -> List.of(Projection.GATE_UP, Projection.DOWN);
          case PLAIN -> List.of(Projection.UP, Projection.DOWN);
          case NONE -> List.of();
        });
    return all;
  }

  /** The norms that every layer has. */
  public Set<NormPlace> norms() {
    Set<NormPlace> places =
        switch (residual) {
          case PRE, PARALLEL_TWO_NORMS ->
              EnumSet.of(NormPlace.BEFORE_ATTENTION, NormPlace.BEFORE_MLP);
          case POST -> EnumSet.of(NormPlace.AFTER_ATTENTION, NormPlace.AFTER_MLP);
          case SANDWICH -> EnumSet.range(NormPlace.BEFORE_ATTENTION, NormPlace.AFTER_MLP);
          case PARALLEL -> EnumSet.of(NormPlace.BEFORE_ATTENTION);
        };
    if (attention.qkNorm != QkNorm.NONE) {
      places.addAll(EnumSet.of(NormPlace.QUERY, NormPlace.KEY));
    }
    return places;
  }

  /** Shape of a norm's weights in the files. */
  public List<Integer> normShape(NormPlace place) {
    if (place != NormPlace.QUERY && place != NormPlace.KEY) {
      return List.of(hidden);
    }
    int count = place == NormPlace.QUERY ? heads : kvHeads;
    return switch (attention.qkNorm) {
      case NONE -> throw new IllegalArgumentException(modelType + " has no norm at " + place);
      case HEAD -> List.of(headDim);
      case EACH_HEAD -> List.of(count, headDim);
      case WHOLE -> List.of(count * headDim);
    };
  }

  /** The kinds of rotary embedding that layers use, without doubles, in the layers' order. */
  public List<RopeSpec> ropes() {
    return layerSpecs.stream().map(LayerSpec::rope).distinct().toList();
  }

  /**
   * Positions that a sequence may have: {@code contextMax}, but dynamic scaling is made to stretch
   * that by its factor.
   */
  public int positionsMax() {
    for (RopeSpec rope : ropes()) {
      if (rope instanceof RopeSpec.Dynamic dynamic) {
        return (int) Math.min(contextMax * dynamic.factor(), Integer.MAX_VALUE);
      }
    }
    return contextMax;
  }

  /** Width of the dense feed-forward layer. */
  public int mlpWidth() {
    return experts.map(Experts::sharedWidth).orElse(intermediate);
  }

  /** Output width of a projection. */
  public int outputs(Projection projection) {
    return switch (projection) {
      case QKV -> (heads + 2 * kvHeads) * headDim;
      case Q -> heads * headDim;
      case K, V -> kvHeads * headDim;
      case O, DOWN -> hidden;
      case GATE_UP -> 2 * mlpWidth();
      case GATE, UP -> mlpWidth();
    };
  }

  /** Input width of a projection. */
  public int inputs(Projection projection) {
    return switch (projection) {
      case QKV, Q, K, V, GATE_UP, GATE, UP -> hidden;
      case O -> heads * headDim;
      case DOWN -> mlpWidth();
    };
  }
}
