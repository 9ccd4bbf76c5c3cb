package io.lorikeet.engine.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Maps canonical weights to the names in the files: the names of Llama, and of all that copied it,
 * until a reader says otherwise.
 */
final class TensorNames {
  private final DecoderSpec spec;
  private String inner;
  private String embedding = "embed_tokens";
  private String embeddingNorm = "";
  private String positions = "";
  private String finalNorm = "norm";
  private String head = "lm_head";
  private final Map<NormPlace, String> norms = new EnumMap<>(NormPlace.class);
  private Set<Projection> biased = Set.of();
  private boolean normBias;
  private float normOffset;
  private boolean transposed;
  private String optionalPrefix = "";
  private String router = "";
  private String sharedGate = "";
  private Map<Projection, String> experts = Map.of();

  TensorNames(DecoderSpec spec) {
    this.spec = spec;
    inner = spec.modules().inner();
    norms.put(NormPlace.BEFORE_ATTENTION, "input_layernorm");
    norms.put(NormPlace.BEFORE_MLP, "post_attention_layernorm");
    norms.put(NormPlace.QUERY, "self_attn.q_norm");
    norms.put(NormPlace.KEY, "self_attn.k_norm");
  }

  /** Names below the inner prefix; the head stands outside. */
  TensorNames outer(String embeddingName, String finalNormName, String headName) {
    embedding = embeddingName;
    finalNorm = finalNormName;
    head = headName;
    return this;
  }

  TensorNames embeddingNorm(String name) {
    embeddingNorm = name;
    return this;
  }

  TensorNames positions(String name) {
    positions = name;
    return this;
  }

  TensorNames norm(NormPlace place, String name) {
    norms.put(place, name);
    return this;
  }

  TensorNames biased(Set<Projection> projections) {
    biased = projections;
    return this;
  }

  /** Norms carry a bias. */
  TensorNames normBias() {
    normBias = true;
    return this;
  }

  /** Norms multiply by 1 + weight. */
  TensorNames normPlusOne() {
    normOffset = 1f;
    return this;
  }

  /** Projections are stored as {@code [in, out]} and must be copied. */
  TensorNames transposed() {
    transposed = true;
    return this;
  }

  /** Files leave out the inner prefix; those that transformers saved again have it. */
  TensorNames innerIsOptional() {
    optionalPrefix = inner;
    inner = "";
    return this;
  }

  /**
   * Names of the sparse feed-forward layer below a layer.
   *
   * @param shared gate of the shared expert; empty where there is none
   * @param expert of GATE, UP and DOWN, with {@code %d} for the expert's number
   */
  TensorNames experts(String routerName, String shared, Map<Projection, String> expert) {
    router = routerName;
    sharedGate = shared;
    experts = expert;
    return this;
  }

  String optionalPrefix() {
    return optionalPrefix;
  }

  boolean isTransposed() {
    return transposed;
  }

  boolean hasNormBias() {
    return normBias;
  }

  float normOffset() {
    return normOffset;
  }

  boolean isBiased(Projection projection) {
    return biased.contains(projection);
  }

  String embedding() {
    return inner + embedding + ".weight";
  }

  String positions() {
    return inner + positions + ".weight";
  }

  String head() {
    return head + ".weight";
  }

  String headBias() {
    return head + ".bias";
  }

  /** Without {@code .weight} or {@code .bias}, as all norms here. */
  String finalNorm() {
    return inner + finalNorm;
  }

  String embeddingNorm() {
    return inner + embeddingNorm;
  }

  String norm(int layer, NormPlace place) {
    return layer(layer) + Objects.requireNonNull(norms.get(place), place::name);
  }

  String weight(int layer, Projection projection) {
    return inner + spec.modules().path(layer, projection) + ".weight";
  }

  String bias(int layer, Projection projection) {
    return inner + spec.modules().path(layer, projection) + ".bias";
  }

  String router(int layer) {
    return layer(layer) + router + ".weight";
  }

  String sharedGate(int layer) {
    return layer(layer) + sharedGate + ".weight";
  }

  String expert(int layer, int expert, Projection projection) {
    String name = Objects.requireNonNull(experts.get(projection), projection::name);
    return layer(layer) + name.formatted(expert) + ".weight";
  }

  private String layer(int index) {
    return inner + spec.modules().layer(index);
  }
}
