package io.lorikeet.engine.cpu;

import io.lorikeet.engine.cpu.SlotAdapter.Change;
import io.lorikeet.engine.cpu.SlotAdapter.Update;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Kernels;
import java.util.Arrays;

/**
 * The adapter segments of the step in flight by expert: which rows of a segment go to which expert
 * of the layer, and what their adapter does there. An entry is a segment's row at one of the
 * experts that it goes through; entries stand by segment, then by expert. What adapters add to a
 * row's output of an expert is added in the order of the segments.
 */
final class ExpertSegments {
  /** Rows of A that one part has at least, as in {@link Segments}. */
  private static final int RANK_TILE = 8;

  /** Gate and up. */
  private static final int SHARED_INPUT_MAX = 2;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final Segments segments;
  private final Experts experts;
  private final int[] expertOf; // [choices]
  private final int[] choicesOf; // [rows, experts per token]
  private final int[] known; // [rows] choices of a row so far
  private final int[] next; // [experts]
  private int[] begin = {}; // [segments, experts + 1] offsets into entries
  private int[] row = {}; // [entries]
  private int[] choice = {}; // [entries] row of panels of choices
  private float[] weight = {}; // [entries]
  private int[] identity = {}; // [entries]
  private float[] hidden = {}; // [entries, projections, rank]: A x
  private int stride; // of hidden
  private int layer;

  ExpertSegments(
      Kernels kernels, WorkerPool pool, Segments segments, Experts experts, int rowsMax) {
    this.kernels = kernels;
    this.pool = pool;
    this.segments = segments;
    this.experts = experts;
    expertOf = new int[rowsMax * experts.perToken()];
    choicesOf = new int[expertOf.length];
    known = new int[rowsMax];
    next = new int[experts.count()];
  }

  /**
   * Takes over what a layer's rows chose. Scratch grows with the widest step and the largest rank
   * seen.
   *
   * @return whether an adapter of the step changes an expert of the layer
   */
  boolean read(int ofLayer, Routing routing) {
    layer = ofLayer;
    if (!change()) {
      return false;
    }
    readChoices(routing);
    reserve();
    int entry = 0;
    for (int s = 0; s < segments.count(); s++) {
      entry = sort(s, entry);
    }
    return true;
  }

  private boolean change() {
    for (int s = 0; s < segments.count(); s++) {
      if (segments.adapter(s).sparse(layer).changesExperts()) {
        return true;
      }
    }
    return false;
  }

  private void readChoices(Routing routing) {
    Arrays.fill(known, 0);
    for (int e = 0; e < experts.count(); e++) {
      for (int c = routing.begin(e); c < routing.begin(e + 1); c++) {
        int of = routing.rows()[c];
        expertOf[c] = e;
        choicesOf[of * experts.perToken() + known[of]++] = c;
      }
    }
  }

  private void reserve() {
    int joins = 0;
    for (int s = 0; s < segments.count(); s++) {
      joins += segments.end(s) - segments.begin(s);
    }
    int entries = joins * experts.perToken();
    if (row.length < entries) {
      row = new int[entries];
      choice = new int[entries];
      weight = new float[entries];
      identity = new int[entries];
      Arrays.setAll(identity, i -> i);
    }
    if (begin.length < segments.count() * (experts.count() + 1)) {
      begin = new int[segments.count() * (experts.count() + 1)];
    }
    stride = SHARED_INPUT_MAX * segments.rankStride();
    if (hidden.length < (long) row.length * stride) {
      hidden = new float[Math.multiplyExact(row.length, stride)];
    }
  }

  /** Sorts a segment's rows by expert, from an entry on; returns the entry after the last one. */
  private int sort(int s, int entry) {
    int first = s * (experts.count() + 1);
    Arrays.fill(begin, first, first + experts.count() + 1, 0);
    begin[first] = entry;
    if (segments.adapter(s).sparse(layer).changesExperts()) {
      count(s, first + 1);
    }
    for (int e = 0; e < experts.count(); e++) {
      begin[first + e + 1] += begin[first + e];
    }
    if (begin[first + experts.count()] > entry) {
      System.arraycopy(begin, first, next, 0, experts.count());
      fill(s);
    }
    return begin[first + experts.count()];
  }

  private void count(int s, int at) {
    for (int i = segments.begin(s); i < segments.end(s); i++) {
      int from = segments.rows()[i] * experts.perToken();
      for (int k = 0; k < experts.perToken(); k++) {
        begin[at + expertOf[choicesOf[from + k]]]++;
      }
    }
  }

  private void fill(int s) {
    for (int i = segments.begin(s); i < segments.end(s); i++) {
      int of = segments.rows()[i];
      for (int k = 0; k < experts.perToken(); k++) {
        int c = choicesOf[of * experts.perToken() + k];
        int entry = next[expertOf[c]]++;
        row[entry] = of;
        choice[entry] = c;
        weight[entry] = segments.weights()[i];
      }
    }
  }

  /** Rows of the step, by entry. */
  int[] rows() {
    return row;
  }

  /** Choices, by entry. */
  int[] choices() {
    return choice;
  }

  /**
   * A part of A x for all entries.
   *
   * @param index of the projection among those that share {@code x}
   * @param xRows rows of {@code x}, by entry
   */
  void shrink(int part, Projection projection, int index, Panel x, int[] xRows) {
    for (int e = 0; e < experts.count(); e++) {
      for (int s = 0; s < segments.count(); s++) {
        int from = begin(s, e);
        int to = begin(s, e + 1);
        if (from < to) {
          Change change = change(s, e, projection);
          if (change.update().isPresent()) {
            int turn = (part + s + e + index) % pool.parts();
            shrink(turn, change.update().get(), index, x, xRows, from, to);
          }
        }
      }
    }
  }

  private void shrink(int part, Update update, int index, Panel x, int[] xRows, int from, int to) {
    int rankBegin = pool.tileBegin(update.rank(), RANK_TILE, part);
    int rankEnd = pool.tileEnd(update.rank(), RANK_TILE, part);
    if (rankBegin < rankEnd) {
      kernels.matmul(
          update.a(),
          rankBegin,
          rankEnd,
          x.data(),
          x.stride(),
          xRows,
          hidden,
          stride,
          index * segments.rankStride(),
          identity,
          from,
          to);
    }
  }

  /** Makes the outputs {@code [outBegin, outEnd)} of the choices those of their adapters. */
  void finish(Projection projection, int index, Panel y, int outBegin, int outEnd) {
    for (int e = 0; e < experts.count(); e++) {
      for (int s = 0; s < segments.count(); s++) {
        int from = begin(s, e);
        int to = begin(s, e + 1);
        if (from < to) {
          finish(change(s, e, projection), index, y, outBegin, outEnd, from, to);
        }
      }
    }
  }

  private void finish(
      Change change, int index, Panel y, int outBegin, int outEnd, int from, int to) {
    if (change.update().isPresent()) {
      kernels.expand(
          change.update().get().b(),
          outBegin,
          outEnd,
          hidden,
          stride,
          index * segments.rankStride(),
          y.data(),
          y.stride(),
          0,
          choice,
          weight,
          from,
          to);
    }
    for (int i = from; i < to && change.rowScale().isPresent(); i++) {
      float[] scale = change.rowScale().get();
      kernels.multiply(scale, outBegin, y.data(), y.at(choice[i]) + outBegin, outEnd - outBegin);
    }
    for (int i = from; i < to && change.bias().isPresent(); i++) {
      int at = y.at(choice[i]);
      Segments.addBias(change.bias().get(), weight[i], y.data(), at, outBegin, outEnd);
    }
  }

  private Change change(int s, int expert, Projection projection) {
    return segments.adapter(s).sparse(layer).change(expert, projection);
  }

  private int begin(int s, int expert) {
    return begin[s * (experts.count() + 1) + expert];
  }
}
