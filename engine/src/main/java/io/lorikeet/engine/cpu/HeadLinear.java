package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * The logits of the rows that emit. As {@link Linear}, but adapters may replace the matrix or rows
 * of it; a row whose adapter has its own matrix does not run through the base's.
 */
final class HeadLinear {
  private static final int TILE = 16;

  private final Parts parts;
  private final Kernels kernels;
  private final WorkerPool pool;
  private final Weight base;
  private final StepRows rows;
  private final Segments all;
  private final Segments segments;
  private final Panel x;
  private final Input input;
  private final Panel y;
  private final Linear.Then then;
  private final int[] ofBase; // [ofBaseCount] emitting rows that use the base's matrix
  private int ofBaseCount;
  private boolean adapted;
  private final WorkerPool.Task quantizeInputs = this::quantizeInputs;
  private final WorkerPool.Task multiply = this::multiply;
  private final WorkerPool.Task finish = this::finish;

  /**
   * @param x {@code [emitting rows, hidden]}
   * @param y {@code [emitting rows, vocab]}
   * @param then once per part, with its outputs
   */
  HeadLinear(Parts parts, Panel x, Panel y, Linear.Then then) {
    this.parts = parts;
    kernels = parts.kernels();
    pool = parts.pool();
    base = parts.base().of(parts.weights().head());
    rows = parts.rows();
    all = parts.segments();
    this.x = x;
    input = parts.base().input(x);
    this.y = y;
    ofBase = new int[rows.identity.length];
    segments = all.ofHead(rows.identity.length);
    this.then = then;
  }

  void apply() {
    segments.readHead(all, rows);
    sortOut();
    adapted = segments.change(Place.HEAD);
    if (parts.base().quantizes()) {
      parts.overRows(rows.emittingCount, quantizeInputs);
    }
    pool.run(multiply);
    if (adapted) {
      pool.run(finish);
    }
  }

  private void quantizeInputs(int part) {
    input.quantize(
        kernels, pool.begin(rows.emittingCount, part), pool.end(rows.emittingCount, part));
  }

  private void sortOut() {
    ofBaseCount = 0;
    for (int e = 0; e < rows.emittingCount; e++) {
      if (!isReplaced(e)) {
        ofBase[ofBaseCount++] = e;
      }
    }
  }

  private boolean isReplaced(int emitting) {
    for (int s = 0; s < segments.count(); s++) {
      for (int i = segments.begin(s); i < segments.end(s); i++) {
        if (segments.rows()[i] == emitting && segments.adapter(s).headMatrix().isPresent()) {
          return true;
        }
      }
    }
    return false;
  }

  private void multiply(int part) {
    int begin = begin(part);
    int end = end(part);
    if (begin < end) {
      if (ofBaseCount > 0) {
        base.multiply(kernels, begin, end, input, ofBase, y, ofBase, 0, ofBaseCount);
      }
      for (int s = 0; s < segments.count(); s++) {
        replace(s, begin, end);
      }
    }
    if (adapted) {
      segments.shrink(part, Place.HEAD, 0, x);
    } else {
      then.apply(begin, end);
    }
  }

  private void replace(int s, int begin, int end) {
    Optional<Matrix> matrix = segments.adapter(s).headMatrix();
    int from = segments.begin(s);
    int to = segments.end(s);
    if (matrix.isPresent()) {
      multiply(matrix.get(), begin, end, 0, segments.rows(), from, to);
    }
    Optional<TokenRows> tokens = segments.adapter(s).headRows();
    if (tokens.isPresent()) {
      int[] ids = tokens.get().ids();
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] >= begin && ids[i] < end) {
          multiply(tokens.get().rows(), i, i + 1, ids[i] - i, segments.rows(), from, to);
        }
      }
    }
  }

  private void multiply(Matrix w, int begin, int end, int yOffset, int[] ofRows, int from, int to) {
    if (from < to) {
      kernels.matmul(
          w,
          begin,
          end,
          x.data(),
          x.stride(),
          ofRows,
          y.data(),
          y.stride(),
          yOffset,
          ofRows,
          from,
          to);
    }
  }

  private void finish(int part) {
    int begin = begin(part);
    int end = end(part);
    if (begin < end) {
      segments.finish(Place.HEAD, 0, y, begin, end);
    }
    then.apply(begin, end);
  }

  private int begin(int part) {
    return pool.tileBegin(base.rows(), TILE, part);
  }

  private int end(int part) {
    return pool.tileEnd(base.rows(), TILE, part);
  }
}
