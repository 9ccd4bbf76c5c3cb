package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.model.DecoderSpec;
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

  /** What the adapter does to one projection. */
  record Change(Optional<Update> update, Optional<float[]> rowScale) {
    static final Change NONE = new Change(Optional.empty(), Optional.empty());

    boolean isNone() {
      return update.isEmpty() && rowScale.isEmpty();
    }
  }

  private final AdapterImage image;
  private final List<Map<Projection, Change>> layers;
  private final int rankMax;
  private final boolean scalesRows;

  /**
   * Packs an image.
   *
   * @throws IllegalArgumentException the image was made for another model
   */
  SlotAdapter(AdapterImage image, DecoderSpec spec) {
    if (image.layers().size() != spec.layers()) {
      throw new IllegalArgumentException(
          "layers must be " + spec.layers() + ". Given: " + image.layers().size());
    }
    this.image = image;
    Arena arena = Arena.ofAuto();
    int rank = 0;
    boolean scales = false;
    List<Map<Projection, Change>> changes = new ArrayList<>();
    for (Map<Projection, Delta> deltas : image.layers()) {
      Map<Projection, Change> layer = new EnumMap<>(Projection.class);
      for (Map.Entry<Projection, Delta> entry : deltas.entrySet()) {
        Delta delta = entry.getValue();
        check(delta, entry.getKey(), spec);
        layer.put(entry.getKey(), change(delta, arena));
        rank = Math.max(rank, delta.lowRank().map(LowRank::rank).orElse(0));
        scales |= delta.rowScale().isPresent();
      }
      changes.add(layer);
    }
    layers = changes;
    rankMax = rank;
    scalesRows = scales;
  }

  AdapterImage image() {
    return image;
  }

  Change change(int layer, Projection projection) {
    return layers.get(layer).getOrDefault(projection, Change.NONE);
  }

  int rankMax() {
    return rankMax;
  }

  /** Whether any projection has a row scale. */
  boolean scalesRows() {
    return scalesRows;
  }

  private static Change change(Delta delta, Arena arena) {
    return new Change(
        delta.lowRank().map(low -> new Update(low.a(), PackedB.pack(low.b(), arena))),
        delta.rowScale());
  }

  private static void check(Delta delta, Projection projection, DecoderSpec spec) {
    int outputs = spec.outputs(projection);
    int inputs = spec.inputs(projection);
    boolean fits =
        delta.lowRank().map(l -> l.a().cols() == inputs && l.b().rows() == outputs).orElse(true)
            && delta.rowScale().map(s -> s.length == outputs).orElse(true);
    if (!fits) {
      throw new IllegalArgumentException(
          "deltas of %s must be [%d, %d]".formatted(projection, outputs, inputs));
    }
  }
}
