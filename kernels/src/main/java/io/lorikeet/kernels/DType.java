package io.lorikeet.kernels;

/**
 * Storage type of a tensor's elements. Arithmetic is always F32; 16-bit values are widened exactly.
 */
public enum DType {
  F32(4),
  F16(2),
  BF16(2);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
