package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;

/**
 * A panel as the input of base matrices.
 *
 * @param int8 the same rows as 8-bit integers, where a matrix wants them; else of no rows
 */
record Input(Panel panel, Int8Rows int8) {
  private static final Int8Rows NONE = Int8Rows.allocate(0, 1);

  /** For matrices that are read as they are stored. */
  static Input exact(Panel panel) {
    return new Input(panel, NONE);
  }

  /** For quantised matrices. */
  static Input int8(Panel panel) {
    int rows = panel.stride() == 0 ? 0 : panel.data().length / panel.stride();
    return new Input(panel, Int8Rows.allocate(rows, panel.width()));
  }

  /** Rounds rows [begin, end) of the panel. */
  void quantize(Kernels kernels, int begin, int end) {
    for (int row = begin; row < end; row++) {
      kernels.quantize(panel.data(), panel.at(row), panel.width(), int8, row);
    }
  }
}
