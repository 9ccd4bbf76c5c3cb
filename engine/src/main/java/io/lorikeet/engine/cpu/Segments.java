package io.lorikeet.engine.cpu;

import io.lorikeet.engine.cpu.SlotAdapter.Update;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.kernels.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The adapter segments of the step in flight, and what they do to a projection: {@code y = rowScale
 * * (y + sum of weight * B (A x))}, the sum in the order of the segments. Segments of slot -1 are
 * the base model's and left out.
 *
 * <p>A row scale multiplies the base's part too, so it belongs to no weighted sum: only a row that
 * is in one segment, with weight 1, may use an adapter that scales rows.
 *
 * <p>The A matrices of projections that share an input run one after the other and are not stacked:
 * the input's rows stay in the nearest cache meanwhile, A is read where the image has it, and every
 * adapter keeps its exact ranks.
 */
final class Segments {
  private static final int BASE = -1;

  /** Rows of A that one worker takes at least: they share the loads of x. */
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

  /**
   * @param projectionsMax projections that share an input
   */
  Segments(Kernels kernels, WorkerPool pool, Slots slots, int rowsMax, int projectionsMax) {
    this.kernels = kernels;
    this.pool = pool;
    this.slots = slots;
    this.projectionsMax = projectionsMax;
    this.joins = new int[rowsMax];
  }

  /**
   * Takes over a step. Scratch grows with the widest step and the largest rank seen.
   *
   * @throws IllegalArgumentException a slot is empty, or a row is scaled that must not be
   */
  void read(Step step) {
    count = 0;
    if (step.segments == 0) {
      return;
    }
    reserve(step);
    row = step.segmentRow;
    weight = step.segmentWeight;
    int rankMax = 0;
    for (int s = 0; s < step.segments; s++) {
      if (step.slot[s] != BASE) {
        adapter[count] = slots.adapter(step.slot[s]);
        begin[count] = step.segmentBegin[s];
        end[count] = step.segmentBegin[s + 1];
        rankMax = Math.max(rankMax, adapter[count].rankMax());
        count++;
      }
    }
    rankStride = Math.ceilDiv(rankMax, 16) * 16;
    long floats = (long) identity.length * projectionsMax * rankStride;
    if (hidden.length < floats) {
      hidden = new float[Math.toIntExact(floats)];
    }
    checkRowScales(step.rows);
  }

  /** Whether an adapter of this step changes one of these projections. */
  boolean change(int layer, List<Projection> projections) {
    for (int s = 0; s < count; s++) {
      for (int p = 0; p < projections.size(); p++) {
        if (!adapter[s].change(layer, projections.get(p)).isNone()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * A worker's part of A x for all segments.
   *
   * @param index of the projection among those that share {@code x}
   */
  void shrink(int worker, int layer, Projection projection, int index, Panel x) {
    for (int s = 0; s < count; s++) {
      Optional<Update> update = adapter[s].change(layer, projection).update();
      if (update.isPresent()) {
        shrink(turn(worker, s + index), s, update.get(), index, x);
      }
    }
  }

  private void shrink(int worker, int s, Update update, int index, Panel x) {
    int rankBegin = pool.tileBegin(update.rank(), RANK_TILE, worker);
    int rankEnd = pool.tileEnd(update.rank(), RANK_TILE, worker);
    if (rankBegin < rankEnd) {
      kernels.matmul(
          update.a(),
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

  /** Adds the updates to the outputs {@code [outBegin, outEnd)} of a projection. */
  void expand(int layer, Projection projection, int index, Panel y, int outBegin, int outEnd) {
    for (int s = 0; s < count; s++) {
      Optional<Update> update = adapter[s].change(layer, projection).update();
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

  /** Multiplies the outputs {@code [outBegin, outEnd)} by the row scales. */
  void scale(int layer, Projection projection, Panel y, int outBegin, int outEnd) {
    for (int s = 0; s < count; s++) {
      Optional<float[]> scale = adapter[s].change(layer, projection).rowScale();
      if (scale.isPresent()) {
        for (int i = begin[s]; i < end[s]; i++) {
          kernels.multiply(
              scale.get(), outBegin, y.data(), y.at(row[i]) + outBegin, outEnd - outBegin);
        }
      }
    }
  }

  // Small ranks have fewer tiles than there are workers: the segments take turns.
  private int turn(int worker, int job) {
    return (worker + job) % pool.workers();
  }

  private void reserve(Step step) {
    if (identity.length < step.segmentRow.length) {
      identity = new int[step.segmentRow.length];
      Arrays.setAll(identity, i -> i);
    }
    if (adapter.length < step.slot.length) {
      adapter = new SlotAdapter[step.slot.length];
      begin = new int[step.slot.length];
      end = new int[step.slot.length];
    }
  }

  private void checkRowScales(int rows) {
    Arrays.fill(joins, 0, rows, 0);
    for (int s = 0; s < count; s++) {
      for (int i = begin[s]; i < end[s]; i++) {
        joins[row[i]]++;
      }
    }
    for (int s = 0; s < count; s++) {
      for (int i = begin[s]; i < end[s] && adapter[s].scalesRows(); i++) {
        if (joins[row[i]] != 1 || weight[i] != 1f) {
          throw new IllegalArgumentException(
              "row %d is scaled (DoRA) and must be in one segment with weight 1. Given: %d segments, weight %s"
                  .formatted(row[i], joins[row[i]], weight[i]));
        }
      }
    }
  }
}
