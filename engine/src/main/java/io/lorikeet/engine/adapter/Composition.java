package io.lorikeet.engine.adapter;

import java.util.Comparator;
import java.util.List;

/**
 * The adapters that a sequence runs with: none for the base model, one, or the exact weighted sum
 * of several. A sum is computed in the order of its parts, which is that of their generations
 * whatever order they are given in; so the same sum always has the same bits.
 *
 * @param parts by generation, each generation once; {@link GenerationId#BASE} is no part
 */
public record Composition(List<Part> parts) {
  /** The base model. */
  public static final Composition BASE = new Composition(List.of());

  /**
   * An adapter and its factor in the sum.
   *
   * @param weight finite and not 0; 1 is the adapter as it was trained
   */
  public record Part(GenerationId adapter, float weight) {
    public Part {
      if (adapter.isBase()) {
        throw new IllegalArgumentException("`adapter` must not be the base model");
      }
      if (!Float.isFinite(weight) || weight == 0) {
        throw new IllegalArgumentException("`weight` must be finite and not 0. Given: " + weight);
      }
    }
  }

  public Composition {
    parts = parts.stream().sorted(Comparator.comparing(Part::adapter)).toList();
    for (int i = 1; i < parts.size(); i++) {
      if (parts.get(i).adapter().equals(parts.get(i - 1).adapter())) {
        throw new IllegalArgumentException(
            "`parts` must name each adapter once. Given twice: " + parts.get(i).adapter().hash());
      }
    }
  }

  /** One adapter as it was trained, or the base model. */
  public static Composition of(GenerationId adapter) {
    return adapter.isBase() ? BASE : new Composition(List.of(new Part(adapter, 1f)));
  }

  public boolean isBase() {
    return parts.isEmpty();
  }

  /** Whether it is one adapter as it was trained: that works also for one that is no sum. */
  public boolean isPlain() {
    return parts.size() == 1 && parts.getFirst().weight() == 1f;
  }

  /** Its adapters, in the order of the parts. */
  public List<GenerationId> adapters() {
    return parts.stream().map(Part::adapter).toList();
  }

  /** Whether this adapter is a part. */
  public boolean contains(GenerationId adapter) {
    return parts.stream().anyMatch(part -> part.adapter().equals(adapter));
  }
}
