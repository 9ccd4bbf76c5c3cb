package io.lorikeet.engine.cpu;

import java.util.List;

/** Keeps queries, keys and values within a bound, as they leave their projections. */
final class Clip implements LayerTask {
  private final Parts parts;
  private final float bound;
  private final List<Panel> panels;
  private final WorkerPool.Task rows = this::rows;

  /**
   * @param panels that hold nothing but queries, keys and values
   */
  Clip(Parts parts, float bound, List<Panel> panels) {
    this.parts = parts;
    this.bound = bound;
    this.panels = panels;
  }

  @Override
  public void run(int layer) {
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int part) {
    for (int p = 0; p < panels.size(); p++) {
      Panel panel = panels.get(p);
      for (int row = parts.begin(part); row < parts.end(part); row++) {
        clip(panel.data(), panel.at(row), panel.at(row) + panel.width());
      }
    }
  }

  private void clip(float[] values, int begin, int end) {
    for (int i = begin; i < end; i++) {
      values[i] = Math.max(-bound, Math.min(bound, values[i]));
    }
  }
}
