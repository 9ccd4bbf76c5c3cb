package io.lorikeet.benchmarks;

import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Operands of kernels: normal numbers, the same ones for the same seed. */
final class Numbers {
  private static final float DEVIATION = 0.1f;

  private final SplittableRandom random;

  Numbers(long seed) {
    random = new SplittableRandom(seed);
  }

  float[] floats(int count) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) random.nextGaussian() * DEVIATION;
    }
    return floats;
  }

  /** A BF16 matrix. */
  Matrix matrix(int rows, int cols, Arena arena) {
    MemorySegment data = arena.allocate((long) rows * cols * Short.BYTES, 64);
    for (long i = 0; i < (long) rows * cols; i++) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian() * DEVIATION);
      data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
    }
    return new Matrix(data, DType.BF16, rows, cols);
  }
}
