package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec.Scaling;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * From the residual stream to the logits of the rows that emit, and to the hidden states of those
 * that emit nothing else.
 */
final class Head {
  /** What a family does to logits {@code [at, at + width)} of the vocabulary's [begin, ..). */
  private interface Change {
    void apply(float[] logits, int at, int begin, int width);
  }

  private final Parts parts;
  private final NormFunction function;
  private final Norm norm;
  private final Change[] changes;
  private final HeadLinear linear;
  private final WorkerPool.Task normalise = this::normalise;

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
    linear = new HeadLinear(parts, parts.at().normed(), parts.at().logits(), this::change);
  }

  void run() {
    StepRows rows = parts.rows();
    if (rows.emittingCount + rows.hiddenCount > 0) {
      parts.overRows(rows.emittingCount + rows.hiddenCount, normalise);
    }
    if (rows.emittingCount > 0) {
      linear.apply();
    }
  }

  private void normalise(int part) {
    StepRows rows = parts.rows();
    Panel x = parts.at().x();
    Panel y = parts.at().normed();
    int count = rows.emittingCount + rows.hiddenCount;
    int end = parts.pool().end(count, part);
    for (int e = parts.pool().begin(count, part); e < end; e++) {
      int row = e < rows.emittingCount ? rows.emitting[e] : rows.hidden[e - rows.emittingCount];
      Norm of = parts.segments().lastNorm(row, norm);
      function.apply(of, x.data(), x.at(row), x.width(), y.data(), y.at(e));
    }
  }

  private void change(int begin, int end) {
    Panel y = parts.at().logits();
    for (Change change : changes) {
      for (int e = 0; e < parts.rows().emittingCount && begin < end; e++) {
        change.apply(y.data(), y.at(e) + begin, begin, end - begin);
      }
    }
  }
}
