package io.lorikeet.kernels;

/**
 * How weights are quantised: blocks of 32 along a row, each with an F16 scale. A weight is its
 * integer times the scale.
 */
public enum BlockFormat {
  /** Integers -127..127; the scale is the largest magnitude / 127. */
  Q8(128, 16 * 64),
  /** Integers -8..7; the scale is the value of the largest magnitude / -8. */
  Q4(8, 8 * 64);

  /** Columns of a block. */
  public static final int BLOCK = 32;

  /** Columns of a unit: two blocks. */
  public static final int UNIT = 64;

  /** Rows that are stored side by side. */
  public static final int GROUP = 16;

  /** Bytes of the scales of a unit: two blocks of 16 rows, F16. */
  public static final int SCALE_BYTES = 2 * GROUP * 2;

  private final int offset;
  private final int valueBytes;

  BlockFormat(int offset, int valueBytes) {
    this.offset = offset;
    this.valueBytes = valueBytes;
  }

  /** What is added to an integer to store it unsigned. */
  public int offset() {
    return offset;
  }

  /** Bytes of the integers of one block of 16 rows. */
  public int blockBytes() {
    return valueBytes / 2;
  }

  /** Bytes of one unit of 16 rows. */
  public int unitBytes() {
    return SCALE_BYTES + valueBytes;
  }
}
