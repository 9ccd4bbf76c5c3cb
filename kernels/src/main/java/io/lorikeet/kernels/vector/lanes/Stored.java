package io.lorikeet.kernels.vector.lanes;

import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.vector.Specialisation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Stored weights of this specialisation's type, widened as {@link io.lorikeet.kernels.Widen}. */
final class Stored {
  static final DType DTYPE = Specialisation.of(Stored.class).dtype();

  /** Bytes of an element. */
  static final int BYTES = DTYPE.bytes();

  /** Whether an element takes many operations to widen. */
  static final boolean F16 = DTYPE == DType.F16;

  private static final boolean F32 = DTYPE == DType.F32;
  private static final boolean BF16 = DTYPE == DType.BF16;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final VectorSpecies<Short> HALVES =
      VectorShape.forBitSize(Lanes.BITS / 2).withLanes(short.class);

  private static final int F16_PLACES = 0x8fffe000;
  private static final int F16_EXPONENT_ONE = 0x00800000;
  private static final int F32_EXPONENT = 0x7f800000;

  private static final long LINE = 64;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private Stored() {}

  /** One vector of elements from byte {@code offset}; the branches are constants. */
  static FloatVector load(MemorySegment data, long offset) {
    if (F32) {
      return FloatVector.fromMemorySegment(Lanes.F, data, offset, ORDER);
    }
    IntVector bits =
        (IntVector)
            ShortVector.fromMemorySegment(HALVES, data, offset, ORDER)
                .convertShape(VectorOperators.S2I, Lanes.I, 0);
    return BF16 ? bf16(bits) : f16(bits);
  }

  /** Touches the cache lines of 64 elements from byte {@code offset}; the branch is a constant. */
  static int touch(MemorySegment data, long offset) {
    int first = data.get(INT, offset) + data.get(INT, offset + LINE);
    return F32
        ? first + data.get(INT, offset + 2 * LINE) + data.get(INT, offset + 3 * LINE)
        : first;
  }

  private static FloatVector bf16(IntVector bits) {
    return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  // Without a mask: a carry out of the exponent field tells infinity and NaN from the rest.
  private static FloatVector f16(IntVector bits) {
    IntVector moved = bits.lanewise(VectorOperators.LSHL, 13).and(F16_PLACES);
    IntVector value = moved.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
    IntVector infiniteOrNaN =
        moved
            .add(F16_EXPONENT_ONE)
            .lanewise(VectorOperators.LSHL, 3)
            .lanewise(VectorOperators.ASHR, 31);
    return value.or(infiniteOrNaN.and(F32_EXPONENT)).reinterpretAsFloats();
  }
}
