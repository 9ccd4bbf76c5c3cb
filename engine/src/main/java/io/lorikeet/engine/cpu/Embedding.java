package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;

/** From token ids to the residual stream; scratch is the panel of normed rows. */
final class Embedding {
  /** What a family does to an embedded row. */
  private interface Change {
    Change NOTHING = row -> {};

    void apply(int row);

    default Change then(Change next) {
      return row -> {
        apply(row);
        next.apply(row);
      };
    }
  }

  private final Parts parts;
  private final Change change;
  private final WorkerPool.Task rows = this::rows;

  Embedding(Parts parts) {
    this.parts = parts;
    Kernels kernels = parts.kernels();
    ModelWeights weights = parts.weights();
    Change all = Change.NOTHING;
    float factor = parts.spec().scaling().embedding();
    if (factor != 1f) {
      Panel x = parts.at().x();
      all = all.then(row -> kernels.scale(factor, x.data(), x.at(row), x.width()));
    }
    if (weights.positions().isPresent()) {
      Matrix positions = weights.positions().get();
      all = all.then(row -> addPosition(positions, row));
    }
    if (weights.embeddingNorm().isPresent()) {
      Norm norm = weights.embeddingNorm().get();
      NormFunction function = NormFunction.of(kernels, parts.spec());
      Panel x = parts.at().x();
      all =
          all.then(
              row -> function.apply(norm, x.data(), x.at(row), x.width(), x.data(), x.at(row)));
    }
    change = all;
  }

  void run() {
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int worker) {
    Matrix table = parts.weights().embedding();
    Panel x = parts.at().x();
    for (int row = parts.begin(worker); row < parts.end(worker); row++) {
      parts.kernels().widenRow(table, parts.rows().token[row], x.data(), x.at(row));
    }
    parts.segments().embed(parts.rows().token, x, parts.begin(worker), parts.end(worker));
    for (int row = parts.begin(worker); row < parts.end(worker); row++) {
      change.apply(row);
    }
  }

  private void addPosition(Matrix positions, int row) {
    Panel scratch = parts.at().normed();
    Panel x = parts.at().x();
    int at = scratch.at(row);
    parts.kernels().widenRow(positions, parts.rows().position[row], scratch.data(), at);
    parts.kernels().add(scratch.data(), at, x.data(), x.at(row), x.width());
  }
}
