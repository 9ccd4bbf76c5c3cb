package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;

/** Normalises a branch's output in place and adds it to the residual stream. */
final class NormAfter implements LayerTask {
  private final Parts parts;
  private final NormFunction function;
  private final NormPlace place;
  private final Residual residual;
  private final WorkerPool.Task rows = this::rows;
  private Norm norm;
  private int layer;

  NormAfter(Parts parts, NormPlace place, Residual residual) {
    this.parts = parts;
    this.function = NormFunction.of(parts.kernels(), parts.spec());
    this.place = place;
    this.residual = residual;
    this.norm = parts.weights().norm(0, place);
  }

  @Override
  public void run(int index) {
    layer = index;
    norm = parts.weights().norm(index, place);
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int part) {
    Panel y = parts.at().update();
    for (int row = parts.begin(part); row < parts.end(part); row++) {
      Norm of = parts.segments().norm(row, layer, place, norm);
      function.apply(of, y.data(), y.at(row), y.width(), y.data(), y.at(row));
      residual.add(row, 0, y.width());
    }
  }
}
