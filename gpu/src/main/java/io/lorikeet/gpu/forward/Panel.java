package io.lorikeet.gpu.forward;

/**
 * Activations of a step on the device: a row of {@code width} floats per token position.
 *
 * @param address of the first row
 * @param stride floats from one row to the next
 */
record Panel(long address, int width, int stride) {
  /** A panel that a model does not need. */
  static final Panel NONE = new Panel(0, 0, 0);

  /** The columns {@code [from, from + columns)} of every row. */
  Panel columns(int from, int columns) {
    if (from < 0 || columns > width - from) {
      throw new IndexOutOfBoundsException(
          "columns %d to %d must be within %d".formatted(from, from + columns, width));
    }
    return new Panel(address + (long) from * Float.BYTES, columns, stride);
  }

  /** Row {@code from} and those that follow it. */
  Panel rows(int from) {
    return new Panel(address + (long) from * stride * Float.BYTES, width, stride);
  }
}
