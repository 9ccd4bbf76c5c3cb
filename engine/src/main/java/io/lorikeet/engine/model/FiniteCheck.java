package io.lorikeet.engine.model;

import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Looks for NaN and infinity in stored weights: an exponent of ones, whatever the type. */
public final class FiniteCheck {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private FiniteCheck() {}

  /** Whether every element is finite. Reads the whole matrix once, 8 bytes at a time. */
  public static boolean isFinite(Matrix matrix) {
    return switch (matrix.dtype()) {
      case F32 -> scan(matrix.data(), 0x7f80_0000_7f80_0000L, 0x0000_0001_0000_0001L);
      case F16 -> scan(matrix.data(), 0x7c00_7c00_7c00_7c00L, 0x0001_0001_0001_0001L);
      case BF16 -> scan(matrix.data(), 0x7f80_7f80_7f80_7f80L, 0x0001_0001_0001_0001L);
    };
  }

  private static boolean scan(MemorySegment data, long exponents, long ones) {
    long words = data.byteSize() / Long.BYTES;
    for (long i = 0; i < words; i++) {
      if (hasOnes(data.get(LONG, i * Long.BYTES), exponents, ones)) {
        return false;
      }
    }
    long rest = 0;
    for (long at = data.byteSize() - 1; at >= words * Long.BYTES; at--) {
      rest = rest << 8 | (data.get(ValueLayout.JAVA_BYTE, at) & 0xff);
    }
    return !hasOnes(rest, exponents, ones);
  }

  // Exponents of ones are lanes of zero in the complement; the top bit of a lane is never set
  // there.
  private static boolean hasOnes(long word, long exponents, long ones) {
    long complement = ~word & exponents;
    long top = ones << (ones == 0x0001_0001_0001_0001L ? 15 : 31);
    return ((complement - ones) & ~complement & top) != 0;
  }
}
