package io.lorikeet.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Weights {@code [rows, cols]} in blocks, packed once for integer dot products: {@code [ceil(rows /
 * 16)][ceil(cols / 64)]} units. A unit holds the F16 scales of its two blocks for 16 rows, then for
 * each block vectors of 64 bytes: the same 4 consecutive columns of 16 rows, unsigned. A byte of Q4
 * holds column k in its low half and column k + 16 in its high half. Rows and columns beyond the
 * matrix are zeros.
 *
 * @param data the units, little endian, 64-byte aligned
 */
public record QuantizedMatrix(MemorySegment data, BlockFormat format, int rows, int cols) {
  /** Grows with every change of the layout or of how weights are rounded: files hold them. */
  public static final int LAYOUT = 1;

  private static final int STEP = 4; // columns of a row that lie together
  private static final int Q8_MAX = 127;
  private static final int Q4_MIN = -8;
  private static final int Q4_MAX = 7;

  public QuantizedMatrix {
    if (data.byteSize() != bytes(format, rows, cols)) {
      throw new IllegalArgumentException(
          "data must hold " + bytes(format, rows, cols) + " bytes. Given: " + data.byteSize());
    }
  }

  /** Bytes that packing a {@code [rows, cols]} matrix takes. */
  public static long bytes(BlockFormat format, int rows, int cols) {
    return (long) groups(rows) * units(cols) * format.unitBytes();
  }

  /** Room for a matrix, zeros: {@link Kernels#pack} fills it. */
  public static QuantizedMatrix allocate(BlockFormat format, int rows, int cols, Arena arena) {
    return new QuantizedMatrix(
        arena.allocate(bytes(format, rows, cols), BlockFormat.UNIT), format, rows, cols);
  }

  /** Groups of 16 rows. */
  public static int groups(int rows) {
    return Math.ceilDiv(rows, BlockFormat.GROUP);
  }

  /** Units of 64 columns. */
  public static int units(int cols) {
    return Math.ceilDiv(cols, BlockFormat.UNIT);
  }

  /** Byte offset of a unit. */
  public long unit(int group, int unit) {
    return ((long) group * units(cols) + unit) * format.unitBytes();
  }

  /** {@link Kernels#pack} as it is defined. */
  public void pack(Matrix w, int groupBegin, int groupEnd) {
    requireShape(w);
    data.asSlice(unit(groupBegin, 0), unit(groupEnd, 0) - unit(groupBegin, 0)).fill((byte) 0);
    float[] block = new float[BlockFormat.BLOCK];
    for (int group = groupBegin; group < groupEnd; group++) {
      int rowEnd = Math.min(rows, (group + 1) * BlockFormat.GROUP);
      for (int row = group * BlockFormat.GROUP; row < rowEnd; row++) {
        for (int b = 0; b < Math.ceilDiv(cols, BlockFormat.BLOCK); b++) {
          int first = b * BlockFormat.BLOCK;
          for (int i = 0; i < block.length; i++) {
            long at = (long) row * cols + first + i;
            block[i] = first + i < cols ? Widen.element(w.dtype(), w.data(), at) : 0f;
          }
          write(row, b, block);
        }
      }
    }
  }

  private void write(int row, int b, float[] block) {
    float scale = scale(block);
    short bits = Float.floatToFloat16(scale);
    if ((bits & 0x7c00) == 0x7c00) {
      throw tooLarge(row);
    }
    float stored = Widen.f16(bits);
    float inverse = stored == 0f ? 0f : 1f / stored;
    long unit = unit(row / BlockFormat.GROUP, b / 2);
    int lane = row % BlockFormat.GROUP;
    data.set(Widen.SHORT, unit + scalePlace(b % 2, lane), bits);
    long values = unit + BlockFormat.SCALE_BYTES + (long) (b % 2) * format.blockBytes();
    for (int i = 0; i < block.length; i++) {
      int integer = (int) Math.rint(block[i] * inverse);
      switch (format) {
        case Q8 -> {
          int q = Math.clamp(integer, -Q8_MAX, Q8_MAX);
          data.set(ValueLayout.JAVA_BYTE, values + place(lane, i), (byte) (q + 128));
        }
        case Q4 -> {
          int q = Math.clamp(integer, Q4_MIN, Q4_MAX) + 8;
          long at = values + place(lane, i % 16);
          byte other = i < 16 ? 0 : data.get(ValueLayout.JAVA_BYTE, at);
          data.set(ValueLayout.JAVA_BYTE, at, (byte) (i < 16 ? q : other | q << 4));
        }
      }
    }
  }

  /**
   * For {@link Kernels#pack}.
   *
   * @throws IndexOutOfBoundsException where {@code w} has other sizes
   */
  public void requireShape(Matrix w) {
    if (w.rows() != rows || w.cols() != cols) {
      throw new IndexOutOfBoundsException(
          "[%d, %d] cannot be packed into [%d, %d]".formatted(w.rows(), w.cols(), rows, cols));
    }
  }

  /** The refusal of weights whose scale F16 does not hold. */
  public IllegalArgumentException tooLarge(int row) {
    return new IllegalArgumentException(
        "weights of row %d must have a magnitude <= %s to be stored as %s"
            .formatted(row, 65504f * (format == BlockFormat.Q8 ? Q8_MAX : -Q4_MIN), format));
  }

  private float scale(float[] block) {
    float largest = 0f;
    for (float value : block) {
      largest = Math.abs(value) > Math.abs(largest) ? value : largest;
    }
    return switch (format) {
      case Q8 -> Math.abs(largest) / Q8_MAX;
      case Q4 -> largest / Q4_MIN;
    };
  }

  /** Byte of a scale within a unit. */
  private static long scalePlace(int block, int lane) {
    return 2L * block * BlockFormat.GROUP + 2L * lane;
  }

  /** Byte of a column within a block's vectors. */
  private static long place(int lane, int column) {
    return (long) column / STEP * BlockFormat.UNIT + (long) lane * STEP + column % STEP;
  }

  /** The integer that is stored for a weight. For tests and the reference; slow. */
  public int integer(int row, int col) {
    long unit = unit(row / BlockFormat.GROUP, col / BlockFormat.UNIT);
    int b = col / BlockFormat.BLOCK % 2;
    long values = unit + BlockFormat.SCALE_BYTES + (long) b * format.blockBytes();
    int i = col % BlockFormat.BLOCK;
    int lane = row % BlockFormat.GROUP;
    return switch (format) {
      case Q8 -> (data.get(ValueLayout.JAVA_BYTE, values + place(lane, i)) & 0xff) - 128;
      case Q4 -> {
        int both = data.get(ValueLayout.JAVA_BYTE, values + place(lane, i % 16)) & 0xff;
        yield (i < 16 ? both & 15 : both >> 4) - 8;
      }
    };
  }

  /** The scale of a weight's block. For tests and the reference; slow. */
  public float scale(int row, int col) {
    long unit = unit(row / BlockFormat.GROUP, col / BlockFormat.UNIT);
    int b = col / BlockFormat.BLOCK % 2;
    int lane = row % BlockFormat.GROUP;
    return Widen.f16(data.get(Widen.SHORT, unit + scalePlace(b, lane)));
  }
}
