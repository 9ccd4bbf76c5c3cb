package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Bf16Rows;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;

/**
 * A panel as the input of base matrices.
 *
 * @param rounding which of the other two holds the same rows; the other one has none
 */
record Input(Panel panel, Rounding rounding, Int8Rows int8, Bf16Rows bf16) {
  /** How matrices that are not multiplied exactly want their inputs. */
  enum Rounding {
    /** There are none. */
    NONE,
    /** Quantised ones: 8-bit integers. */
    INT8,
    /** Those in BF16: BF16 as well. */
    BF16
  }

  private static final Int8Rows NO_INT8 = Int8Rows.allocate(0, 1);
  private static final Bf16Rows NO_BF16 = Bf16Rows.allocate(0, 1);

  static Input of(Panel panel, Rounding rounding) {
    int rows = panel.stride() == 0 ? 0 : panel.data().length / panel.stride();
    return new Input(
        panel,
        rounding,
        rounding == Rounding.INT8 ? Int8Rows.allocate(rows, panel.width()) : NO_INT8,
        rounding == Rounding.BF16 ? Bf16Rows.allocate(rows, panel.width()) : NO_BF16);
  }

  /** For matrices that are multiplied exactly. */
  static Input exact(Panel panel) {
    return of(panel, Rounding.NONE);
  }

  /** Rounds rows [begin, end) of the panel. */
  void quantize(Kernels kernels, int begin, int end) {
    for (int row = begin; row < end; row++) {
      switch (rounding) {
        case NONE -> {}
        case INT8 -> kernels.quantize(panel.data(), panel.at(row), panel.width(), int8, row);
        case BF16 -> kernels.roundBf16(panel.data(), panel.at(row), panel.width(), bf16, row);
      }
    }
  }
}
