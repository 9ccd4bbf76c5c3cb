package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.ReplacedNorm;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An adapter as steps read it: A where the image has it, B packed once. Immutable; the packed
 * memory goes when the last reference does.
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

  private final AdapterImage image;
  private final List<Map<Projection, Change>> layers = new ArrayList<>();
  private final Change head;
  private final Optional<Update> embedding; // A is [vocab, rank]
  private final List<Map<ReplacedNorm, Norm>> norms = new ArrayList<>();
  private final boolean isSum;
  private int rankMax;

  /**
   * Packs an image.
   *
   * @throws IllegalArgumentException the image was made for another model
   */
  SlotAdapter(AdapterImage image, DecoderSpec spec) {
    new ImageShape(spec).check(image);
    this.image = image;
    Arena arena = Arena.ofAuto();
    for (Map<Projection, Delta> deltas : image.layers()) {
      Map<Projection, Change> layer = new EnumMap<>(Projection.class);
      deltas.forEach((projection, delta) -> layer.put(projection, change(delta, arena)));
      layers.add(layer);
    }
    head = change(image.head().delta(), arena);
    embedding = image.embedding().update().map(update -> embedding(update, arena));
    for (Map<ReplacedNorm, float[]> weights : image.norms()) {
      Map<ReplacedNorm, Norm> layer = new EnumMap<>(ReplacedNorm.class);
      weights.forEach((place, weight) -> layer.put(place, new Norm(weight, new float[0])));
      norms.add(layer);
    }
    isSum = image.isSum();
  }

  AdapterImage image() {
    return image;
  }

  Change change(int layer, Projection projection) {
    return layers.get(layer).getOrDefault(projection, Change.NONE);
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

  boolean changesEmbedding() {
    return !image.embedding().isNone();
  }

  Optional<Matrix> embeddingMatrix() {
    return image.embedding().matrix();
  }

  Optional<TokenRows> embeddingRows() {
    return image.embedding().rows();
  }

  Optional<Update> embeddingUpdate() {
    return embedding;
  }

  boolean replacesNorms() {
    return !image.norms().isEmpty();
  }

  /** The norm, or the base's where it stays. */
  Norm norm(int layer, ReplacedNorm place, Norm base) {
    return norms.get(layer).getOrDefault(place, base);
  }

  int rankMax() {
    return rankMax;
  }

  /** Whether it only adds something to what the base computes. */
  boolean isSum() {
    return isSum;
  }

  private Change change(Delta delta, Arena arena) {
    return new Change(
        delta.lowRank().map(low -> update(low, arena)),
        delta.rowScale(),
        delta.inputScale(),
        delta.bias());
  }

  private Update update(LowRank low, Arena arena) {
    rankMax = Math.max(rankMax, low.rank());
    return new Update(low.a(), PackedB.pack(low.b(), arena));
  }

  private Update embedding(EmbeddingDelta.Update update, Arena arena) {
    rankMax = Math.max(rankMax, update.rank());
    return new Update(update.a(), PackedB.pack(update.b(), arena));
  }
}
