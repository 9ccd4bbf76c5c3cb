package io.lorikeet.kernels;

import java.lang.foreign.MemorySegment;

/**
 * A row-major view {@code [rows, cols]} of weights where they lie, usually in a mapped file: never
 * copied, never padded.
 *
 * @param data segment that holds exactly the matrix, {@code rows * cols * dtype.bytes()} bytes,
 *     little endian, no alignment promised
 */
public record Matrix(MemorySegment data, DType dtype, int rows, int cols) {
  public Matrix {
    if (rows < 1 || cols < 1) {
      throw new IllegalArgumentException(
          "rows and cols must be >= 1. Given: " + rows + ", " + cols);
    }
    long bytes = (long) rows * cols * dtype.bytes();
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "data must hold " + bytes + " bytes. Given: " + data.byteSize());
    }
  }

  /**
   * Refuses other storage.
   *
   * @throws IllegalArgumentException unless the matrix is of {@code expected}
   */
  public void require(DType expected) {
    if (dtype != expected) {
      throw new IllegalArgumentException("dtype must be " + expected + ". Given: " + dtype);
    }
  }

  /** Rows {@code [begin, end)} of this matrix, as a view. */
  public Matrix rows(int begin, int end) {
    long rowBytes = (long) cols * dtype.bytes();
    return new Matrix(
        data.asSlice(begin * rowBytes, (end - begin) * rowBytes), dtype, end - begin, cols);
  }
}
