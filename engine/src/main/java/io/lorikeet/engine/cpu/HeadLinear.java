package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * The logits of the rows that emit. As {@link Linear}, but adapters may replace the matrix or rows
 * of it; a row whose adapter has its own matrix does not run through the base's.
 */
final class HeadLinear {
  private static final int TILE = 16;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final Matrix base;
  private final StepRows rows;
  private final Segments all;
  private final Segments segments;
  private final Panel x;
  private final Panel y;
  private final Linear.Then then;
  private final int[] ofBase; // [ofBaseCount] emitting rows that use the base's matrix
  private int ofBaseCount;
  private boolean adapted;
  private final WorkerPool.Task multiply = this::multiply;
  private final WorkerPool.Task finish = this::finish;

  /**
   * @param all segments of the whole step
   * @param x {@code [emitting rows, hidden]}
   * @param y {@code [emitting rows, vocab]}
   * @param then once per worker, with its outputs
   */
  HeadLinear(
      Kernels kernels,
      WorkerPool pool,
      Matrix base,
      StepRows rows,
      Segments all,
      Panel x,
      Panel y,
      Linear.Then then) {
    this.kernels = kernels;
    this.pool = pool;
    this.base = base;
    this.rows = rows;
    this.all = all;
    this.x = x;
    this.y = y;
    ofBase = new int[rows.identity.length];
    segments = all.ofHead(rows.identity.length);
    this.then = then;
  }

  void apply() {
    segments.readHead(all, rows);
    sortOut();
    adapted = segments.change(Place.HEAD);
    pool.run(multiply);
    if (adapted) {
      pool.run(finish);
    }
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

  private void multiply(int worker) {
    int begin = begin(worker);
    int end = end(worker);
    if (begin < end) {
      multiply(base, begin, end, 0, ofBase, 0, ofBaseCount);
      for (int s = 0; s < segments.count(); s++) {
        replace(s, begin, end);
      }
    }
    if (adapted) {
      segments.shrink(worker, Place.HEAD, 0, x);
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

  private void finish(int worker) {
    int begin = begin(worker);
    int end = end(worker);
    if (begin < end) {
      segments.finish(Place.HEAD, 0, y, begin, end);
    }
    then.apply(begin, end);
  }

  private int begin(int worker) {
    return pool.tileBegin(base.rows(), TILE, worker);
  }

  private int end(int worker) {
    return pool.tileEnd(base.rows(), TILE, worker);
  }
}
