package io.lorikeet.engine.model;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Paths of the modules as transformers names them, which tensors of models and adapters go by.
 *
 * @param inner prefix of everything but the head, such as {@code model.}
 * @param layers the list of decoder layers below it
 * @param inLayer path of a projection below its layer
 * @param sparse paths of experts, where there are some
 */
public record ModulePaths(
    String inner,
    String layers,
    Map<Projection, String> inLayer,
    Norms norms,
    Vocabulary vocabulary,
    Optional<SparsePaths> sparse) {

  /**
   * The norms, and how files store them.
   *
   * @param inLayer path below a layer
   * @param last path below {@link ModulePaths#inner} of the norm that follows the last layer
   * @param embedding path below {@link ModulePaths#inner} of the embedding's norm; empty where
   *     there is none
   * @param biased whether they have a bias
   * @param offset what they multiply by beside the weight in the file: 1 in gemma, gemma2 and
   *     gemma3_text
   */
  public record Norms(
      Map<NormPlace, String> inLayer,
      String last,
      String embedding,
      boolean biased,
      float offset) {}

  /**
   * Embeddings and head.
   *
   * @param embedding path below {@link ModulePaths#inner}
   * @param positions likewise of learned positions; empty where there are none
   * @param heads whole paths of the head: the first is that of model files, adapters have any
   */
  public record Vocabulary(String embedding, String positions, List<String> heads) {}

  /** The names of Llama and of all that copied it. */
  static final ModulePaths LLAMA =
      new ModulePaths(
          "model.",
          "layers",
          Map.of(
              Projection.Q, "self_attn.q_proj",
              Projection.K, "self_attn.k_proj",
              Projection.V, "self_attn.v_proj",
              Projection.O, "self_attn.o_proj",
              Projection.GATE, "mlp.gate_proj",
              Projection.UP, "mlp.up_proj",
              Projection.DOWN, "mlp.down_proj"),
          new Norms(
              Map.of(
                  NormPlace.BEFORE_ATTENTION, "input_layernorm",
                  NormPlace.BEFORE_MLP, "post_attention_layernorm",
                  NormPlace.QUERY, "self_attn.q_norm",
                  NormPlace.KEY, "self_attn.k_norm"),
              "norm",
              "",
              false,
              0f),
          new Vocabulary("embed_tokens", "", List.of("lm_head")),
          Optional.empty());

  /** Names of another kind; norms, embedding and head are Llama's until changed. */
  static ModulePaths of(String inner, String layers, Map<Projection, String> inLayer) {
    return new ModulePaths(inner, layers, inLayer, LLAMA.norms, LLAMA.vocabulary, LLAMA.sparse);
  }

  /** These paths with some projections elsewhere. */
  ModulePaths with(Map<Projection, String> changed) {
    Map<Projection, String> all = new EnumMap<>(inLayer);
    all.putAll(changed);
    return new ModulePaths(inner, layers, Map.copyOf(all), norms, vocabulary, sparse);
  }

  /** These paths with some norms elsewhere. */
  ModulePaths withNorms(Map<NormPlace, String> changed) {
    Map<NormPlace, String> all = new EnumMap<>(norms.inLayer);
    all.putAll(changed);
    return with(
        new Norms(Map.copyOf(all), norms.last, norms.embedding, norms.biased, norms.offset));
  }

  /** These paths with embedding, last norm and head elsewhere. */
  ModulePaths outer(String embedding, String lastNorm, String... heads) {
    return new ModulePaths(
        inner,
        layers,
        inLayer,
        new Norms(norms.inLayer, lastNorm, norms.embedding, norms.biased, norms.offset),
        new Vocabulary(embedding, vocabulary.positions, List.of(heads)),
        sparse);
  }

  /** These paths with a norm on the embedding. */
  ModulePaths embeddingNorm(String name) {
    return with(new Norms(norms.inLayer, norms.last, name, norms.biased, norms.offset));
  }

  /** These paths with learned positions. */
  ModulePaths positions(String name) {
    return new ModulePaths(
        inner,
        layers,
        inLayer,
        norms,
        new Vocabulary(vocabulary.embedding, name, vocabulary.heads),
        sparse);
  }

  /** Norms carry a bias. */
  ModulePaths normBias() {
    return with(new Norms(norms.inLayer, norms.last, norms.embedding, true, norms.offset));
  }

  /** Norms multiply by 1 + weight. */
  ModulePaths normPlusOne() {
    return with(new Norms(norms.inLayer, norms.last, norms.embedding, norms.biased, 1f));
  }

  /** These paths with those of experts. */
  ModulePaths with(SparsePaths paths) {
    return new ModulePaths(inner, layers, inLayer, norms, vocabulary, Optional.of(paths));
  }

  private ModulePaths with(Norms changed) {
    return new ModulePaths(inner, layers, inLayer, changed, vocabulary, sparse);
  }

  /** Path of a layer below {@link #inner}, with a dot at its end. */
  public String layer(int index) {
    return layers + "." + index + ".";
  }

  /** Path of a projection below {@link #inner}. */
  public String path(int layer, Projection projection) {
    return layer(layer) + Objects.requireNonNull(inLayer.get(projection), projection::name);
  }

  /** Path of a norm below {@link #inner}. */
  public String path(int layer, NormPlace place) {
    return layer(layer) + Objects.requireNonNull(norms.inLayer.get(place), place::name);
  }
}
