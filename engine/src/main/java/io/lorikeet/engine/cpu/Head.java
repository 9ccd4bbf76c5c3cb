package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec.Scaling;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.util.ArrayList;
import java.util.List;

/** From the residual stream to the logits of the rows that emit. */
final class Head {
  private static final int TILE = 16;

  /** What a family does to logits {@code [at, at + width)} of the vocabulary's [begin, ..). */
  private interface Change {
    void apply(float[] logits, int at, int begin, int width);
  }

  private final Parts parts;
  private final NormFunction function;
  private final Norm norm;
  private final Change[] changes;
  private final WorkerPool.Task normalise = this::normalise;
  private final WorkerPool.Task multiply = this::multiply;

  Head(Parts parts) {
    this.parts = parts;
    Kernels kernels = parts.kernels();
    function = NormFunction.of(kernels, parts.spec());
    norm = parts.weights().finalNorm();
    List<Change> all = new ArrayList<>();
    parts
        .weights()
        .headBias()
        .ifPresent(
            bias -> all.add((y, at, begin, width) -> kernels.add(bias, begin, y, at, width)));
    Scaling scaling = parts.spec().scaling();
    if (scaling.logits() != 1f) {
      all.add((y, at, begin, width) -> kernels.scale(scaling.logits(), y, at, width));
    }
    if (scaling.logitsCap() != 0f) {
      all.add((y, at, begin, width) -> kernels.softCap(scaling.logitsCap(), y, at, width));
    }
    changes = all.toArray(Change[]::new);
  }

  void run() {
    if (parts.rows().emittingCount > 0) {
      parts.overRows(parts.rows().emittingCount, normalise);
      parts.pool().run(multiply);
    }
  }

  private void normalise(int worker) {
    StepRows rows = parts.rows();
    Panel x = parts.at().x();
    Panel y = parts.at().normed();
    int end = parts.pool().end(rows.emittingCount, worker);
    for (int e = parts.pool().begin(rows.emittingCount, worker); e < end; e++) {
      function.apply(norm, x.data(), x.at(rows.emitting[e]), x.width(), y.data(), y.at(e));
    }
  }

  private void multiply(int worker) {
    StepRows rows = parts.rows();
    Matrix matrix = parts.weights().head();
    Panel x = parts.at().normed();
    Panel y = parts.at().logits();
    int begin = parts.pool().tileBegin(matrix.rows(), TILE, worker);
    int end = parts.pool().tileEnd(matrix.rows(), TILE, worker);
    if (begin < end) {
      parts
          .kernels()
          .matmul(
              matrix,
              begin,
              end,
              x.data(),
              x.stride(),
              rows.identity,
              y.data(),
              y.stride(),
              0,
              rows.identity,
              0,
              rows.emittingCount);
      for (Change change : changes) {
        for (int e = 0; e < rows.emittingCount; e++) {
          change.apply(y.data(), y.at(e) + begin, begin, end - begin);
        }
      }
    }
  }
}
