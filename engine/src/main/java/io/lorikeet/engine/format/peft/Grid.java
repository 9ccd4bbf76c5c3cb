package io.lorikeet.engine.format.peft;

import io.lorikeet.kernels.Matrix;

/**
 * A matrix by its elements in double, computed when asked for: what products of an adapter's small
 * matrices are made of.
 */
record Grid(int rows, int cols, Element element) {
  /** Computes one element. */
  interface Element {
    double at(int row, int col);
  }

  static Grid of(Matrix matrix) {
    float[] floats = ImageMemory.floats(matrix);
    int cols = matrix.cols();
    return new Grid(matrix.rows(), cols, (r, c) -> floats[r * cols + c]);
  }

  static Grid identity(int size) {
    return new Grid(size, size, (r, c) -> r == c ? 1 : 0);
  }

  double at(int row, int col) {
    return element.at(row, col);
  }

  Grid times(double factor) {
    return new Grid(rows, cols, (r, c) -> at(r, c) * factor);
  }

  /** The matrix product. */
  Grid times(Grid right) {
    return new Grid(
        rows,
        right.cols,
        (r, c) -> {
          double sum = 0;
          for (int k = 0; k < cols; k++) {
            sum += at(r, k) * right.at(k, c);
          }
          return sum;
        });
  }

  /** The elementwise product. */
  Grid hadamard(Grid other) {
    return new Grid(rows, cols, (r, c) -> at(r, c) * other.at(r, c));
  }

  /** Every element times the whole of another. */
  Grid kronecker(Grid inner) {
    return new Grid(
        Math.multiplyExact(rows, inner.rows),
        Math.multiplyExact(cols, inner.cols),
        (r, c) -> at(r / inner.rows, c / inner.cols) * inner.at(r % inner.rows, c % inner.cols));
  }
}
