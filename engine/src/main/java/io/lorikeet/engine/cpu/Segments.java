package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.cpu.SlotAdapter.Embedded;
import io.lorikeet.engine.cpu.SlotAdapter.Update;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The adapter segments of the step in flight, and what they do to a linear layer: {@code y =
 * rowScale * (y + sum of weight * B (A x)) + weight * bias}, the sum in the order of the segments;
 * and to embeddings and norms. Segments of slot -1 are the base model's and left out.
 *
 * <p>Scales and replacements change the base's part too, so they belong to no weighted sum: only a
 * row that is in one segment, with weight 1, may use an adapter that is more than a sum.
 *
 * <p>The A matrices of projections that share an input run one after the other and are not stacked:
 * the input's rows stay in the nearest cache meanwhile, and every adapter keeps its exact ranks.
 */
final class Segments {
  private static final int BASE = -1;

  /** Rows of A that one part has at least: they share the loads of x. */
  private static final int RANK_TILE = 8;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final Slots slots;
  private final int projectionsMax;

  private int count;
  private SlotAdapter[] adapter = {}; // [count]
  private int[] begin = {}; // [count] offsets into row and weight
  private int[] end = {};
  private int[] row = {}; // of the step
  private float[] weight = {};
  private int[] identity = {}; // [joins]
  private final int[] joins; // [rows] segments of a row
  private float[] hidden = {}; // [joins, projections, rank]: A x
  private int rankStride;
  private int[] ownRow = {}; // of rows that emit
  private float[] ownWeight = {};
  private final int[] emittingIndex; // [rows] -1: the row does not emit
  private final @Nullable SlotAdapter[] normOf; // [rows] whose norms the row has
  private boolean replacesNorms;

  /**
   * @param projectionsMax projections that share an input
   */
  Segments(Kernels kernels, WorkerPool pool, Slots slots, int rowsMax, int projectionsMax) {
    this.kernels = kernels;
    this.pool = pool;
    this.slots = slots;
    this.projectionsMax = projectionsMax;
    joins = new int[rowsMax];
    emittingIndex = new int[rowsMax];
    normOf = new SlotAdapter[rowsMax];
  }

  /** Segments for the rows of steps that emit. */
  Segments ofHead(int rowsMax) {
    return new Segments(kernels, pool, slots, rowsMax, 1);
  }

  /**
   * Takes over a step. Scratch grows with the widest step and the largest rank seen.
   *
   * @throws IllegalArgumentException a slot is empty, or a row is scaled that must not be
   */
  void read(Step step) {
    count = 0;
    replacesNorms = false;
    if (step.segments == 0) {
      return;
    }
    reserve(step);
    row = step.segmentRow;
    weight = step.segmentWeight;
    for (int s = 0; s < step.segments; s++) {
      if (step.slot[s] != BASE) {
        adapter[count] = slots.adapter(step.slot[s]);
        begin[count] = step.segmentBegin[s];
        end[count] = step.segmentBegin[s + 1];
        replacesNorms |= adapter[count].replacesNorms();
        count++;
      }
    }
    reserveHidden();
    checkSums(step.rows);
    if (replacesNorms) {
      assignNorms(step.rows);
    }
  }

  /**
   * Takes over, of another's step, the rows that emit, under their numbers among those, and the
   * adapters that change the head.
   */
  void readHead(Segments all, StepRows rows) {
    count = 0;
    if (!all.changeHead()) {
      return;
    }
    reserve(all);
    Arrays.fill(emittingIndex, 0, rows.count, -1);
    for (int e = 0; e < rows.emittingCount; e++) {
      emittingIndex[rows.emitting[e]] = e;
    }
    row = ownRow;
    weight = ownWeight;
    int at = 0;
    for (int s = 0; s < all.count; s++) {
      if (all.adapter[s].changesHead()) {
        adapter[count] = all.adapter[s];
        begin[count] = at;
        for (int i = all.begin[s]; i < all.end[s]; i++) {
          if (emittingIndex[all.row[i]] >= 0) {
            row[at] = emittingIndex[all.row[i]];
            weight[at++] = all.weight[i];
          }
        }
        end[count++] = at;
      }
    }
    reserveHidden();
  }

  private boolean changeHead() {
    for (int s = 0; s < count; s++) {
      if (adapter[s].changesHead()) {
        return true;
      }
    }
    return false;
  }

  /** Segments of this step. */
  int count() {
    return count;
  }

  SlotAdapter adapter(int segment) {
    return adapter[segment];
  }

  /** Rows of the segment are {@link #rows} from here on. */
  int begin(int segment) {
    return begin[segment];
  }

  /** And before here. */
  int end(int segment) {
    return end[segment];
  }

  /** Row numbers of all segments, one after the other. */
  int[] rows() {
    return row;
  }

  /** Weights of all rows, likewise. */
  float[] weights() {
    return weight;
  }

  /** Floats that A x of any adapter of this step fits into. */
  int rankStride() {
    return rankStride;
  }

  /** Whether an adapter of this step changes one of these layers. */
  boolean change(Place... places) {
    for (int s = 0; s < count; s++) {
      for (Place place : places) {
        if (!place.in(adapter[s]).isNone()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether an adapter of this step scales the inputs of a layer. */
  boolean scaleInputs(Place place) {
    for (int s = 0; s < count; s++) {
      if (place.in(adapter[s]).inputScale().isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Multiplies the inputs of the rows {@code [rowBegin, rowEnd)} by the input scales of a layer.
   */
  void scaleInputs(Place place, Panel x, int rowBegin, int rowEnd) {
    for (int s = 0; s < count; s++) {
      Optional<float[]> scale = place.in(adapter[s]).inputScale();
      for (int i = begin[s]; i < end[s] && scale.isPresent(); i++) {
        if (row[i] >= rowBegin && row[i] < rowEnd) {
          kernels.multiply(scale.get(), 0, x.data(), x.at(row[i]), x.width());
        }
      }
    }
  }

  /** Makes the embeddings of the rows {@code [rowBegin, rowEnd)} those of their adapters. */
  void embed(int[] token, Panel x, int rowBegin, int rowEnd) {
    for (int s = 0; s < count; s++) {
      embed(s, adapter[s].embedding(), token, x, rowBegin, rowEnd);
    }
  }

  /** As {@link #embed}, of learned positions. */
  void embedPositions(int[] position, Panel x, int rowBegin, int rowEnd) {
    for (int s = 0; s < count; s++) {
      embed(s, adapter[s].positions(), position, x, rowBegin, rowEnd);
    }
  }

  private void embed(int s, Embedded of, int[] token, Panel x, int rowBegin, int rowEnd) {
    for (int i = begin[s]; i < end[s] && !of.isNone(); i++) {
      if (row[i] >= rowBegin && row[i] < rowEnd) {
        embed(of, i, token[row[i]], x);
      }
    }
  }

  private void embed(Embedded of, int join, int token, Panel x) {
    int at = x.at(row[join]);
    if (of.matrix().isPresent()) {
      kernels.widenRow(of.matrix().get(), token, x.data(), at);
    }
    if (of.rows().isPresent()) {
      TokenRows replaced = of.rows().get();
      int index = Arrays.binarySearch(replaced.ids(), token);
      if (index >= 0) {
        kernels.widenRow(replaced.rows(), index, x.data(), at);
      }
    }
    if (of.update().isPresent()) {
      Update update = of.update().get();
      int stride = projectionsMax * rankStride;
      kernels.widenRow(update.a(), token, hidden, join * stride);
      kernels.expand(
          update.b(),
          0,
          update.b().out(),
          hidden,
          stride,
          0,
          x.data(),
          x.stride(),
          0,
          row,
          weight,
          join,
          join + 1);
    }
  }

  /** A layer's norm for a row. */
  Norm norm(int ofRow, int layer, NormPlace place, Norm base) {
    SlotAdapter of = replacing(ofRow);
    return of == null ? base : of.norm(layer, place, base);
  }

  /** A layer's norms of queries or keys for a row, one per head that has its own. */
  Norm[] headNorms(int ofRow, int layer, NormPlace place, Norm[] base) {
    SlotAdapter of = replacing(ofRow);
    return of == null ? base : of.headNorms(layer, place, base);
  }

  /** The embedding's norm for a row. */
  Norm embeddingNorm(int ofRow, Norm base) {
    SlotAdapter of = replacing(ofRow);
    return of == null ? base : of.embeddingNorm(base);
  }

  /** The norm that follows the last layer for a row. */
  Norm lastNorm(int ofRow, Norm base) {
    SlotAdapter of = replacing(ofRow);
    return of == null ? base : of.lastNorm(base);
  }

  private @Nullable SlotAdapter replacing(int ofRow) {
    return replacesNorms ? normOf[ofRow] : null;
  }

  /**
   * A part of A x for all segments.
   *
   * @param index of the projection among those that share {@code x}
   */
  void shrink(int part, Place place, int index, Panel x) {
    for (int s = 0; s < count; s++) {
      Optional<Update> update = place.in(adapter[s]).update();
      if (update.isPresent()) {
        shrink(turn(part, s + index), s, update.get(), index, x);
      }
    }
  }

  private void shrink(int part, int s, Update update, int index, Panel x) {
    int rankBegin = pool.tileBegin(update.rank(), RANK_TILE, part);
    int rankEnd = pool.tileEnd(update.rank(), RANK_TILE, part);
    shrink(s, update.a(), rankBegin, rankEnd, index, x);
  }

  /** Rows {@code [rankBegin, rankEnd)} of A x for one segment. */
  void shrink(int s, Matrix a, int rankBegin, int rankEnd, int index, Panel x) {
    if (rankBegin < rankEnd) {
      kernels.matmul(
          a,
          rankBegin,
          rankEnd,
          x.data(),
          x.stride(),
          row,
          hidden,
          projectionsMax * rankStride,
          index * rankStride,
          identity,
          begin[s],
          end[s]);
    }
  }

  /** Makes the outputs {@code [outBegin, outEnd)} of a layer those of the adapters. */
  void finish(Place place, int index, Panel y, int outBegin, int outEnd) {
    expand(place, index, y, outBegin, outEnd);
    scale(place, y, outBegin, outEnd);
    addBias(place, y, outBegin, outEnd);
  }

  private void expand(Place place, int index, Panel y, int outBegin, int outEnd) {
    for (int s = 0; s < count; s++) {
      Optional<Update> update = place.in(adapter[s]).update();
      if (update.isPresent()) {
        kernels.expand(
            update.get().b(),
            outBegin,
            outEnd,
            hidden,
            projectionsMax * rankStride,
            index * rankStride,
            y.data(),
            y.stride(),
            0,
            row,
            weight,
            begin[s],
            end[s]);
      }
    }
  }

  private void scale(Place place, Panel y, int outBegin, int outEnd) {
    for (int s = 0; s < count; s++) {
      Optional<float[]> scale = place.in(adapter[s]).rowScale();
      if (scale.isPresent()) {
        for (int i = begin[s]; i < end[s]; i++) {
          kernels.multiply(
              scale.get(), outBegin, y.data(), y.at(row[i]) + outBegin, outEnd - outBegin);
        }
      }
    }
  }

  private void addBias(Place place, Panel y, int outBegin, int outEnd) {
    for (int s = 0; s < count; s++) {
      Optional<float[]> bias = place.in(adapter[s]).bias();
      for (int i = begin[s]; i < end[s] && bias.isPresent(); i++) {
        addBias(bias.get(), weight[i], y.data(), y.at(row[i]), outBegin, outEnd);
      }
    }
  }

  /** Adds a bias to the outputs {@code [outBegin, outEnd)} of the row that begins at {@code at}. */
  static void addBias(float[] bias, float weight, float[] y, int at, int outBegin, int outEnd) {
    for (int o = outBegin; o < outEnd; o++) {
      y[at + o] = Math.fma(weight, bias[o], y[at + o]);
    }
  }

  // Small ranks have fewer tiles than there are parts: the segments take turns.
  private int turn(int part, int job) {
    return (part + job) % pool.parts();
  }

  private void reserve(Step step) {
    reserve(step.segmentRow.length, step.slot.length);
  }

  private void reserve(Segments all) {
    reserve(all.identity.length, all.adapter.length);
    if (ownRow.length < identity.length) {
      ownRow = new int[identity.length];
      ownWeight = new float[identity.length];
    }
  }

  private void reserve(int joinsMax, int segmentsMax) {
    if (identity.length < joinsMax) {
      identity = new int[joinsMax];
      Arrays.setAll(identity, i -> i);
    }
    if (adapter.length < segmentsMax) {
      adapter = new SlotAdapter[segmentsMax];
      begin = new int[segmentsMax];
      end = new int[segmentsMax];
    }
  }

  private void reserveHidden() {
    int rankMax = 0;
    for (int s = 0; s < count; s++) {
      rankMax = Math.max(rankMax, adapter[s].rankMax());
    }
    rankStride = Math.ceilDiv(rankMax, 16) * 16;
    long floats = (long) identity.length * projectionsMax * rankStride;
    if (hidden.length < floats) {
      hidden = new float[Math.toIntExact(floats)];
    }
  }

  // A row whose adapter is more than a sum is in no other segment, so nobody else has its norms.
  private void assignNorms(int rows) {
    Arrays.fill(normOf, 0, rows, null);
    for (int s = 0; s < count; s++) {
      for (int i = begin[s]; i < end[s] && adapter[s].replacesNorms(); i++) {
        normOf[row[i]] = adapter[s];
      }
    }
  }

  private void checkSums(int rows) {
    Arrays.fill(joins, 0, rows, 0);
    for (int s = 0; s < count; s++) {
      for (int i = begin[s]; i < end[s]; i++) {
        joins[row[i]]++;
      }
    }
    for (int s = 0; s < count; s++) {
      for (int i = begin[s]; i < end[s] && !adapter[s].isSum(); i++) {
        if (joins[row[i]] != 1 || weight[i] != 1f) {
          throw new IllegalArgumentException(
              "row %d has scales or replacements of its adapter and must be in one segment with weight 1. Given: %d segments, weight %s"
                  .formatted(row[i], joins[row[i]], weight[i]));
        }
      }
    }
  }
}
