package io.lorikeet.kernels;

import java.lang.foreign.Arena;

/** Small matrices with known elements. */
final class Matrices {
  private Matrices() {}

  /** One F32 row. */
  static Matrix row(float... elements) {
    Matrix row =
        new Matrix(Arena.ofAuto().allocate(elements.length * 4L), DType.F32, 1, elements.length);
    for (int i = 0; i < elements.length; i++) {
      row.data().set(Widen.FLOAT, i * 4L, elements[i]);
    }
    return row;
  }

  /** One row that holds every 16-bit pattern, ascending. */
  static Matrix allHalves(DType dtype) {
    Matrix all = new Matrix(Arena.ofAuto().allocate(2L << 16), dtype, 1, 1 << 16);
    for (int bits = 0; bits < 1 << 16; bits++) {
      all.data().set(Widen.SHORT, bits * 2L, (short) bits);
    }
    return all;
  }
}
