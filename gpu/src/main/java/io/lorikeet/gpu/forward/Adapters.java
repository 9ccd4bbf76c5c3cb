package io.lorikeet.gpu.forward;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.AdapterTransfers;
import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.adapter.SlotLayout;
import java.util.function.Predicate;

/**
 * What the adapters of the step in flight do to its rows, place by place. Where none does anything
 * nothing is queued, and a step without adapters asks nothing.
 */
final class Adapters {
  private static final JoinBlock.Table NO_JOINS = new JoinBlock.Table(0, 0, 0, 0);

  private final AdapterKernels kernels;
  private final AdapterMemory memory;
  private final SlotLayout layout;
  private final StepShape shape;
  private final JoinBlock block;
  private final Panel h; // [joins, rank]: A x
  private final Panel scaled; // [rows, widest input]

  /**
   * @param h room for A x of every join
   * @param scaled room for the inputs of one linear layer
   */
  Adapters(
      AdapterKernels kernels,
      AdapterMemory memory,
      StepShape shape,
      JoinBlock block,
      Panel h,
      Panel scaled) {
    this.kernels = kernels;
    this.memory = memory;
    this.layout = memory.layout();
    this.shape = shape;
    this.block = block;
    this.h = h;
    this.scaled = scaled;
  }

  /** Width of {@code h}. */
  static int rankMax() {
    return AdapterTransfers.RANK_MAX;
  }

  /** The input of a projection: x, or a copy with the scales of adapters. */
  Panel input(Panel x, int layer, Projection projection, int rows) {
    if (!shape.adapted()) {
      return x;
    }
    if (!any(image -> image.delta(layer, projection).inputScale().isPresent())) {
      return x;
    }
    Panel copy = new Panel(scaled.address(), x.width(), x.width());
    long delta = memory.at(layout.delta(layer, projection));
    kernels.scaleInputs(copy, x, delta, block.allAt(), rows);
    return copy;
  }

  /** Makes the outputs of a projection those of adapters; x is its input without scales. */
  void finish(Panel y, Panel x, int layer, Projection projection, int rows) {
    if (!shape.adapted()) {
      return;
    }
    if (any(image -> !image.delta(layer, projection).isNone())) {
      boolean lowRank = any(image -> image.delta(layer, projection).lowRank().isPresent());
      long delta = memory.at(layout.delta(layer, projection));
      finish(y, x, delta, lowRank, block.allAt(), shape.joins, rows);
    }
  }

  private void finish(
      Panel y, Panel x, long delta, boolean lowRank, JoinBlock.Table table, int count, int rows) {
    if (lowRank) {
      kernels.shrink(h, x, delta, table, count);
    }
    kernels.finish(y, h, delta, table, rows);
  }

  /** Makes the scores of a layer's router those of adapters. */
  void finishRouter(Panel scores, Panel x, int layer, int rows) {
    if (!shape.adapted()) {
      return;
    }
    if (any(image -> !image.experts(layer).router().isNone())) {
      boolean lowRank = any(image -> image.experts(layer).router().lowRank().isPresent());
      long delta = memory.at(layout.router(layer));
      finish(scores, x, delta, lowRank, block.allAt(), shape.joins, rows);
    }
  }

  /** As {@link #finishRouter}, of the gate of a layer's shared expert. */
  void finishSharedGate(Panel gate, Panel x, int layer, int rows) {
    if (!shape.adapted()) {
      return;
    }
    if (any(image -> !image.experts(layer).sharedGate().isNone())) {
      boolean lowRank = any(image -> image.experts(layer).sharedGate().lowRank().isPresent());
      long delta = memory.at(layout.sharedGate(layer));
      finish(gate, x, delta, lowRank, block.allAt(), shape.joins, rows);
    }
  }

  /**
   * Makes the outputs of choices those of adapters.
   *
   * @param x dense; {@code shared} choices read the same row of it
   * @param choices of all rows
   */
  void finishExperts(
      Panel y, Panel x, int shared, int layer, Projection projection, long chosen, int choices) {
    if (!shape.adapted()) {
      return;
    }
    if (any(image -> !image.experts(layer).experts().isEmpty())) {
      var entries =
          new AdapterKernels.ExpertEntries(
              memory.at(layout.expert(layer, 0, projection)), layout.expertBytes());
      JoinBlock.Table table = block.choicesAt();
      kernels.shrinkChoices(h, x, shared, entries, chosen, table, shape.choiceJoins);
      kernels.finishChoices(y, h, entries, chosen, table, choices);
    }
  }

  /** Makes logits those of adapters, before what the model does to them. */
  void finishHead(Panel logits, Panel x, int rows) {
    int count = shape.outputJoins;
    if (count == 0) {
      return;
    }
    JoinBlock.Table table = block.outputsAt();
    if (any(image -> image.head().matrix().isPresent())) {
      kernels.replaceOutputs(logits, x, memory.at(layout.headMatrix()), table, count);
    }
    if (any(image -> image.head().rows().isPresent())) {
      kernels.replaceOutputs(logits, x, memory.at(layout.headRows()), table, count);
    }
    if (any(image -> !image.head().delta().isNone())) {
      boolean lowRank = any(image -> image.head().delta().lowRank().isPresent());
      finish(logits, x, memory.at(layout.head()), lowRank, table, count, rows);
    }
  }

  /** Whether an adapter changes token embeddings. */
  boolean changeEmbedding() {
    return any(image -> !image.embedding().isNone());
  }

  /** Makes token embeddings, before any factor, those of adapters. */
  void embed(Panel x, long tokens, int rows) {
    embed(x, layout.embeddingMatrix(), layout.embeddingRows(), layout.embedding(), tokens, rows);
  }

  /** As {@link #embed}, of learned positions, if an adapter changes them. */
  void embedPositions(Panel x, long positions, int rows) {
    if (any(image -> !image.positions().isNone())) {
      embed(x, layout.positionMatrix(), layout.positionRows(), layout.positions(), positions, rows);
    }
  }

  private void embed(Panel x, int matrix, int some, int update, long indices, int rows) {
    kernels.embed(
        x, memory.at(matrix), memory.at(some), memory.at(update), block.allAt(), indices, rows);
  }

  /**
   * Norms in place of the base's.
   *
   * @param first address of slot 0's entry; 0 where no adapter has norms of its own
   * @param slotNorms entries from one slot to the next
   * @param slots address of the rows' slots
   */
  record Norms(long first, int slotNorms, long slots) {
    static final Norms BASE = new Norms(0, 0, 0);
  }

  /** A layer's norm. */
  Norms norms(int layer, NormPlace place) {
    return norms(layout.norm(layer, place));
  }

  Norms embeddingNorms() {
    return norms(layout.embeddingNorm());
  }

  /** The norm that follows the last layer. */
  Norms lastNorms() {
    return norms(layout.lastNorm());
  }

  private Norms norms(int entry) {
    if (!shape.adapted() || !any(image -> !image.norms().isNone())) {
      return Norms.BASE;
    }
    int slotNorms = layout.bytes() / SlotLayout.NORM_BYTES;
    return new Norms(memory.at(entry), slotNorms, block.normSlotsAt());
  }

  /** Whether the linear layers of {@link FusedKernels} can do what the step's adapters do. */
  boolean fuse() {
    return !shape.adapted()
        || (shape.joins <= FusedKernels.JOINS_MAX && !any(Adapters::changesInputs));
  }

  private static boolean changesInputs(AdapterImage image) {
    return !image.norms().isNone()
        || image.layers().stream()
            .flatMap(layer -> layer.values().stream())
            .anyMatch(delta -> delta.inputScale().isPresent());
  }

  /** The joins of the step's rows; no addresses where there are none. */
  JoinBlock.Table table() {
    return shape.adapted() ? block.allAt() : NO_JOINS;
  }

  /** Address of slot 0's entry of what becomes of a projection. */
  long delta(int layer, Projection projection) {
    return memory.at(layout.delta(layer, projection));
  }

  private boolean any(Predicate<AdapterImage> kind) {
    return shape.any(kind);
  }
}
