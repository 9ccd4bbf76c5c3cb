package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.ImageShape;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An adapter as steps read it: A copied and B packed, once. Immutable; the packed memory goes when
 * the last reference does.
 */
final class SlotAdapter {
  /** A low-rank update. */
  record Update(Matrix a, PackedB b) {
    int rank() {
      return b.rank();
    }
  }

  /** What the adapter does to one linear layer. */
  record Change(
      Optional<Update> update,
      Optional<float[]> rowScale,
      Optional<float[]> inputScale,
      Optional<float[]> bias) {
    static final Change NONE =
        new Change(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    boolean isNone() {
      return update.isEmpty() && rowScale.isEmpty() && inputScale.isEmpty() && bias.isEmpty();
    }
  }

  /**
   * What the adapter does to an embedding.
   *
   * @param update A is {@code [tokens, rank]}
   */
  record Embedded(Optional<Matrix> matrix, Optional<TokenRows> rows, Optional<Update> update) {
    boolean isNone() {
      return matrix.isEmpty() && rows.isEmpty() && update.isEmpty();
    }
  }

  /**
   * What the adapter does to one sparse feed-forward layer.
   *
   * @param experts one map per expert; empty where no expert changes
   */
  record Sparse(Change router, Change sharedGate, List<Map<Projection, Change>> experts) {
    static final Sparse NONE = new Sparse(Change.NONE, Change.NONE, List.of());

    boolean changesExperts() {
      return !experts.isEmpty();
    }

    Change change(int expert, Projection projection) {
      return experts.get(expert).getOrDefault(projection, Change.NONE);
    }
  }

  private final AdapterImage image;
  private final List<Map<Projection, Change>> layers = new ArrayList<>();
  private final List<Sparse> sparse = new ArrayList<>(); // [layers]; empty for none at all
  private final Change head;
  private final Embedded embedding;
  private final Embedded positions;
  private final List<Map<NormPlace, Norm[]>> headNorms = new ArrayList<>();
  private final boolean isSum;
  private int rankMax;
  private final long packedBytes;

  /**
   * Packs an image.
   *
   * @throws IllegalArgumentException the image was made for another model
   */
  SlotAdapter(AdapterImage image, DecoderSpec spec) {
    new ImageShape(spec).check(image);
    this.image = image;
    AdapterMemory memory = new AdapterMemory(image);
    packedBytes = memory.bytes();
    image.layers().forEach(deltas -> layers.add(changes(deltas, memory)));
    image.experts().forEach(deltas -> sparse.add(sparse(deltas, memory)));
    head = change(image.head().delta(), memory);
    embedding = embedded(image.embedding(), memory);
    positions = embedded(image.positions(), memory);
    for (Map<NormPlace, Norm> norms : image.norms().layers()) {
      Map<NormPlace, Norm[]> layer = new EnumMap<>(NormPlace.class);
      norms.forEach((place, norm) -> {
        if (place == NormPlace.QUERY || place == NormPlace.KEY) {
          layer.put(place, HeadNorms.split(norm, spec, place));
        }
      });
      headNorms.add(layer);
    }
    isSum = image.isSum();
  }

  AdapterImage image() {
    return image;
  }

  Change change(int layer, Projection projection) {
    return layers.get(layer).getOrDefault(projection, Change.NONE);
  }

  Sparse sparse(int layer) {
    return sparse.isEmpty() ? Sparse.NONE : sparse.get(layer);
  }

  Change head() {
    return head;
  }

  boolean changesHead() {
    return !image.head().isNone();
  }

  Optional<Matrix> headMatrix() {
    return image.head().matrix();
  }

  Optional<TokenRows> headRows() {
    return image.head().rows();
  }

  Embedded embedding() {
    return embedding;
  }

  /** As {@link #embedding}, of learned positions. */
  Embedded positions() {
    return positions;
  }

  boolean replacesNorms() {
    return !image.norms().isNone();
  }

  /** The norm, or the base's where it stays. */
  Norm norm(int layer, NormPlace place, Norm base) {
    var layers = image.norms().layers();
    return layers.isEmpty() ? base : layers.get(layer).getOrDefault(place, base);
  }

  /** As {@link #norm}, of queries or keys, split as {@link HeadNorms#split} does. */
  Norm[] headNorms(int layer, NormPlace place, Norm[] base) {
    return headNorms.isEmpty() ? base : headNorms.get(layer).getOrDefault(place, base);
  }

  Norm embeddingNorm(Norm base) {
    return image.norms().embedding().orElse(base);
  }

  /** The norm that follows the last layer. */
  Norm lastNorm(Norm base) {
    return image.norms().last().orElse(base);
  }

  /** Bytes that it takes beside its image. */
  long packedBytes() {
    return packedBytes;
  }

  int rankMax() {
    return rankMax;
  }

  /** Whether it only adds something to what the base computes. */
  boolean isSum() {
    return isSum;
  }

  private Map<Projection, Change> changes(Map<Projection, Delta> deltas, AdapterMemory memory) {
    Map<Projection, Change> changes = new EnumMap<>(Projection.class);
    deltas.forEach((projection, delta) -> changes.put(projection, change(delta, memory)));
    return changes;
  }

  private Sparse sparse(ExpertsDelta deltas, AdapterMemory memory) {
    return new Sparse(
        change(deltas.router(), memory),
        change(deltas.sharedGate(), memory),
        deltas.experts().stream().map(expert -> changes(expert, memory)).toList());
  }

  private Change change(Delta delta, AdapterMemory memory) {
    return new Change(
        delta.lowRank().map(low -> update(low, memory)),
        delta.rowScale(),
        delta.inputScale(),
        delta.bias());
  }

  private Update update(LowRank low, AdapterMemory memory) {
    rankMax = Math.max(rankMax, low.rank());
    return new Update(memory.copy(low.a()), memory.pack(low.b()));
  }

  private Embedded embedded(EmbeddingDelta delta, AdapterMemory memory) {
    delta.update().ifPresent(update -> rankMax = Math.max(rankMax, update.rank()));
    return new Embedded(
        delta.matrix(),
        delta.rows(),
        delta.update().map(update -> new Update(update.a(), memory.pack(update.b()))));
  }
}
