package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/**
 * From token ids to the residual stream: the token's row, times a factor, plus the position's row
 * where positions are learned, normalised where there is a norm. Scratch is the panel of normed
 * rows.
 */
final class Embedding {
  private final Parts parts;
  private final Kernels kernels;
  private final NormFunction function;
  private final Matrix tokens;
  private final float factor;
  private final Optional<Matrix> positions;
  private final Optional<Norm> norm;
  private final WorkerPool.Task rows = this::rows;

  Embedding(Parts parts) {
    this.parts = parts;
    kernels = parts.kernels();
    function = NormFunction.of(kernels, parts.spec());
    ModelWeights weights = parts.weights();
    tokens = weights.embedding();
    factor = parts.spec().scaling().embedding();
    positions = weights.positions();
    norm = weights.embeddingNorm();
  }

  void run() {
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int part) {
    int begin = parts.begin(part);
    int end = parts.end(part);
    Panel x = parts.at().x();
    StepRows step = parts.rows();
    for (int row = begin; row < end; row++) {
      kernels.widenRow(tokens, step.token[row], x.data(), x.at(row));
    }
    parts.segments().embed(step.token, x, begin, end);
    for (int row = begin; row < end && factor != 1f; row++) {
      kernels.scale(factor, x.data(), x.at(row), x.width());
    }
    if (positions.isPresent()) {
      addPositions(positions.get(), x, begin, end);
    }
    if (norm.isPresent()) {
      normalise(norm.get(), x, begin, end);
    }
  }

  private void addPositions(Matrix learned, Panel x, int begin, int end) {
    Panel scratch = parts.at().normed();
    StepRows step = parts.rows();
    for (int row = begin; row < end; row++) {
      kernels.widenRow(learned, step.position[row], scratch.data(), scratch.at(row));
    }
    parts.segments().embedPositions(step.position, scratch, begin, end);
    for (int row = begin; row < end; row++) {
      kernels.add(scratch.data(), scratch.at(row), x.data(), x.at(row), x.width());
    }
  }

  private void normalise(Norm base, Panel x, int begin, int end) {
    for (int row = begin; row < end; row++) {
      Norm of = parts.segments().embeddingNorm(row, base);
      function.apply(of, x.data(), x.at(row), x.width(), x.data(), x.at(row));
    }
  }
}
