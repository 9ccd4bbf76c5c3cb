package io.lorikeet.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** 16-bit floats to F32, exactly: subnormals, infinities and NaN included. */
public final class Widen {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Widen() {}

  /** IEEE binary16. */
  public static float f16(short bits) {
    // Sign, exponent and fraction moved to their places in F32; the factor then corrects the bias
    // and normalises subnormals.
    int moved = (bits << 13) & 0x8fffe000;
    float value = Float.intBitsToFloat(moved) * 0x1p112f;
    boolean infiniteOrNaN = (moved & 0x0f800000) == 0x0f800000;
    return infiniteOrNaN
        ? Float.intBitsToFloat(Float.floatToRawIntBits(value) | 0x7f800000)
        : value;
  }

  /** bfloat16: the upper half of an F32. */
  public static float bf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Element {@code index} of a little-endian array of {@code dtype} in {@code data}. */
  public static float element(DType dtype, MemorySegment data, long index) {
    return switch (dtype) {
      case F32 -> data.get(FLOAT, index * 4);
      case F16 -> f16(data.get(SHORT, index * 2));
      case BF16 -> bf16(data.get(SHORT, index * 2));
    };
  }
}
