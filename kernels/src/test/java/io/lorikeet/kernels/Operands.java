package io.lorikeet.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Seeded operands of awkward sizes, with ordinary, tiny or special values. */
final class Operands {
  private static final float[] SPECIAL = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    -0f,
    0f,
    Float.MIN_VALUE,
    -0x1p-130f,
    Float.MAX_VALUE,
    -200f,
    200f
  };

  private enum Values {
    ORDINARY,
    /** Products underflow, so that signs of zero and subnormals show. */
    TINY,
    SPECIAL
  }

  private final SplittableRandom random;
  private final Values values;
  private final int sizeMax;

  private final List<DType> dtypes;

  /** All types in turns of the seed's choice. */
  Operands(long seed, int sizeMax) {
    this(seed, sizeMax, List.of(DType.values()));
  }

  /** One type, ordinary values and middling sizes. */
  Operands(DType dtype) {
    this(0, 200, List.of(dtype));
  }

  private Operands(long seed, int sizeMax, List<DType> dtypes) {
    this.random = new SplittableRandom(seed);
    this.values = Values.values()[(int) Math.max(0, seed % 5 - 2)];
    this.sizeMax = sizeMax;
    this.dtypes = dtypes;
  }

  DType dtype() {
    return dtypes.get(random.nextInt(dtypes.size()));
  }

  /** In [low, high]. */
  int between(int low, int high) {
    return random.nextInt(low, high + 1);
  }

  /** At least {@code low}; mostly awkward, sometimes a multiple of 16. */
  int size(int low) {
    int size = between(low, Math.max(low, sizeMax));
    return random.nextInt(3) == 0 ? (size + 15) & -16 : size;
  }

  /** Shorter for faces that run slowly. */
  int scaled(int size) {
    return Math.max(1, (int) ((long) size * sizeMax / 100));
  }

  float[] floats(int count) {
    float[] result = new float[count];
    for (int i = 0; i < count; i++) {
      result[i] = value();
    }
    return result;
  }

  private float value() {
    float ordinary = (float) random.nextGaussian();
    return switch (values) {
      case ORDINARY -> ordinary;
      case TINY -> ordinary * 0x1p-74f;
      case SPECIAL ->
          random.nextInt(40) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : 8 * ordinary;
    };
  }

  /** {@code count} different rows below {@code rows}. */
  int[] rows(int count, int rows) {
    int[] all = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      all[i] = all[j];
      all[j] = i;
    }
    return Arrays.copyOf(all, count);
  }

  /** At an odd address. */
  Matrix matrix(DType dtype, int rows, int cols) {
    long bytes = (long) rows * cols * dtype.bytes();
    Matrix matrix = new Matrix(Arena.ofAuto().allocate(bytes + 1).asSlice(1), dtype, rows, cols);
    for (long i = 0; i < (long) rows * cols; i++) {
      float value = value();
      switch (dtype) {
        case F32 -> matrix.data().set(Widen.FLOAT, i * 4L, value);
        case F16 -> matrix.data().set(Widen.SHORT, i * 2, f16(value));
        case BF16 ->
            matrix.data().set(Widen.SHORT, i * 2, (short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    return matrix;
  }

  /** As {@link #matrix}, but without NaN, infinities and magnitudes that no scale holds. */
  Matrix finiteMatrix(DType dtype, int rows, int cols) {
    Matrix matrix = matrix(dtype, rows, cols);
    for (long i = 0; i < (long) rows * cols; i++) {
      if (!(Math.abs(Widen.element(dtype, matrix.data(), i)) < 1e5f)) {
        switch (dtype) {
          case F32 -> matrix.data().set(Widen.FLOAT, i * 4L, 0f);
          case F16, BF16 -> matrix.data().set(Widen.SHORT, i * 2, (short) 0);
        }
      }
    }
    return matrix;
  }

  // Tiny values become F16 subnormals, not zeros; special ones any bits.
  private short f16(float value) {
    return switch (values) {
      case ORDINARY -> Float.floatToFloat16(value);
      case TINY -> Float.floatToFloat16(value * 0x1p56f);
      case SPECIAL ->
          random.nextInt(40) == 0 ? (short) random.nextInt() : Float.floatToFloat16(value);
    };
  }

  /** A cache of {@code blocks} blocks for two heads, full of values; this is the second head. */
  KvHead kvHead(int blocks, int headDim) {
    long head = 2L * KvHead.TOKENS * headDim;
    long stride = 2 * head + between(0, 3) * 16L;
    float[] filling = floats(Math.toIntExact(blocks * stride));
    MemorySegment data = Arena.ofAuto().allocate(4L * filling.length, 64);
    MemorySegment.copy(filling, 0, data, ValueLayout.JAVA_FLOAT, 0, filling.length);
    return new KvHead(data, stride, head, head + (long) KvHead.TOKENS * headDim, headDim);
  }
}
