package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;

/** Normalises the residual stream into a branch's input. */
final class NormBefore implements LayerTask {
  private final Parts parts;
  private final NormFunction function;
  private final NormPlace place;
  private final Panel to;
  private final WorkerPool.Task rows = this::rows;
  private Norm norm;
  private int layer;

  NormBefore(Parts parts, NormPlace place, Panel to) {
    this.parts = parts;
    this.function = NormFunction.of(parts.kernels(), parts.spec());
    this.place = place;
    this.to = to;
    this.norm = parts.weights().norm(0, place);
  }

  @Override
  public void run(int index) {
    layer = index;
    norm = parts.weights().norm(index, place);
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int part) {
    Panel x = parts.at().x();
    for (int row = parts.begin(part); row < parts.end(part); row++) {
      Norm of = parts.segments().norm(row, layer, place, norm);
      function.apply(of, x.data(), x.at(row), x.width(), to.data(), to.at(row));
    }
  }
}
