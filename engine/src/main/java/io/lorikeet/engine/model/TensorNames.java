package io.lorikeet.engine.model;

import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Maps canonical weights to the names in the files: the spec's modules, and what files do beside
 * them.
 */
final class TensorNames {
  private final DecoderSpec spec;
  private String inner;
  private Set<Projection> biased = Set.of();
  private boolean transposed;
  private String optionalPrefix = "";
  private String router = "";
  private String sharedGate = "";
  private Map<Projection, String> experts = Map.of();
  private boolean stacked;

  TensorNames(DecoderSpec spec) {
    this.spec = spec;
    inner = spec.modules().inner();
  }

  TensorNames biased(Set<Projection> projections) {
    biased = projections;
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

  /**
   * Names of a sparse feed-forward layer whose files have one tensor of each kind, the experts'
   * below each other: all are {@code [experts * intermediate, hidden]}, so DOWN is transposed.
   */
  TensorNames stackedExperts(String routerName, Map<Projection, String> all) {
    router = routerName;
    experts = all;
    stacked = true;
    return this;
  }

  String optionalPrefix() {
    return optionalPrefix;
  }

  boolean isTransposed() {
    return transposed;
  }

  boolean hasNormBias() {
    return spec.modules().norms().biased();
  }

  float normOffset() {
    return spec.modules().norms().offset();
  }

  boolean isBiased(Projection projection) {
    return biased.contains(projection);
  }

  String embedding() {
    return inner + spec.modules().vocabulary().embedding() + ".weight";
  }

  String positions() {
    return inner + spec.modules().vocabulary().positions() + ".weight";
  }

  String head() {
    return spec.modules().vocabulary().heads().getFirst() + ".weight";
  }

  String headBias() {
    return spec.modules().vocabulary().heads().getFirst() + ".bias";
  }

  /** Without {@code .weight} or {@code .bias}, as all norms here. */
  String finalNorm() {
    return inner + spec.modules().norms().last();
  }

  String embeddingNorm() {
    return inner + spec.modules().norms().embedding();
  }

  String norm(int layer, NormPlace place) {
    return inner + spec.modules().path(layer, place);
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

  /** Whether {@link #stackedExperts(int, Projection)} takes the place of {@link #expert}. */
  boolean hasStackedExperts() {
    return stacked;
  }

  /** A tensor of all experts; not called {@code .weight}, for it is no module's. */
  String stackedExperts(int layer, Projection projection) {
    return layer(layer) + Objects.requireNonNull(experts.get(projection), projection::name);
  }

  private String layer(int index) {
    return inner + spec.modules().layer(index);
  }
}
