package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.Projection;
import java.util.List;
import java.util.Map;

/**
 * An adapter generation in canonical form on the host. Immutable; what its matrices point to lives
 * as long as the image is reachable.
 *
 * @param layers one map per decoder layer; a projection that is absent has no delta
 * @param experts what becomes of sparse feed-forward layers: one per decoder layer; empty for none
 *     at all
 * @param embedding what becomes of token embeddings
 * @param positions what becomes of learned positions, as if they were tokens
 * @param head what becomes of the logits
 * @param norms in place of the base's
 * @param invocation which rows it acts on
 * @param bytes host bytes that the image holds
 */
public record AdapterImage(
    GenerationId generation,
    List<Map<Projection, Delta>> layers,
    List<ExpertsDelta> experts,
    EmbeddingDelta embedding,
    EmbeddingDelta positions,
    HeadDelta head,
    ReplacedNorms norms,
    Invocation invocation,
    long bytes) {
  public AdapterImage {
    layers = layers.stream().map(Map::copyOf).toList();
    experts = List.copyOf(experts);
  }

  /** An image without experts and learned positions. */
  public AdapterImage(
      GenerationId generation,
      List<Map<Projection, Delta>> layers,
      EmbeddingDelta embedding,
      HeadDelta head,
      ReplacedNorms norms,
      Invocation invocation,
      long bytes) {
    this(
        generation,
        layers,
        List.of(),
        embedding,
        EmbeddingDelta.NONE,
        head,
        norms,
        invocation,
        bytes);
  }

  /** An image of linear layers only. */
  public AdapterImage(GenerationId generation, List<Map<Projection, Delta>> layers, long bytes) {
    this(
        generation,
        layers,
        EmbeddingDelta.NONE,
        HeadDelta.NONE,
        ReplacedNorms.NONE,
        Invocation.ALWAYS,
        bytes);
  }

  public Delta delta(int layer, Projection projection) {
    return layers.get(layer).getOrDefault(projection, Delta.NONE);
  }

  /** What becomes of the layer's experts and their router. */
  public ExpertsDelta experts(int layer) {
    return experts.isEmpty() ? ExpertsDelta.NONE : experts.get(layer);
  }

  /**
   * Whether a row may be in a weighted sum of this adapter and others. Low-rank updates and biases
   * add something to what the base computes, so their sum exists. Scales (DoRA, IA3) and
   * replacements (saved modules, token rows, norms) change the base's part itself, and an
   * invocation gives two adapters different rows: they stand alone, with weight 1.
   */
  public boolean composes() {
    return isSum() && invocation.isAlways();
  }

  /** Whether it only adds something to what the base computes for a row that it acts on. */
  public boolean isSum() {
    return embedding.isSum()
        && head.isSum()
        && positions.isSum()
        && norms.isNone()
        && experts.stream().allMatch(ExpertsDelta::isSum)
        && layers.stream().flatMap(layer -> layer.values().stream()).allMatch(Delta::isSum);
  }
}
