package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Packs stored weights block by block. One per thread. */
final class Packing {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = BlockFormat.BLOCK;
  private static final int ROUND_BITS = Float.floatToRawIntBits(ExactMath.ROUND);
  private static final long STEP_BYTES = 4 * BlockFormat.GROUP;

  private final float[] block = new float[BLOCK];
  private final int[] integers = new int[BLOCK];

  void groups(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd) {
    to.requireShape(w);
    for (int group = groupBegin; group < groupEnd; group++) {
      int rowEnd = Math.min(w.rows(), (group + 1) * BlockFormat.GROUP);
      if (rowEnd % BlockFormat.GROUP != 0 || w.cols() % BlockFormat.UNIT != 0) {
        long begin = to.unit(group, 0);
        to.data().asSlice(begin, to.unit(group + 1, 0) - begin).fill((byte) 0);
      }
      for (int row = group * BlockFormat.GROUP; row < rowEnd; row++) {
        row(w, row, to);
      }
    }
  }

  private void row(Matrix w, int row, QuantizedMatrix to) {
    BlockFormat format = to.format();
    long first = (long) row * w.cols();
    long at = to.unit(row / BlockFormat.GROUP, 0);
    int lane = row % BlockFormat.GROUP;
    for (int k = 0; k < w.cols(); k += BLOCK) {
      if (k + BLOCK <= w.cols()) {
        load(w.data(), (first + k) * Stored.BYTES, block);
      } else {
        pad(w, first + k, w.cols() - k);
      }
      int b = k / BLOCK % 2;
      long unit = at + (long) (k / BlockFormat.UNIT) * format.unitBytes();
      short bits = Float.floatToFloat16(scale(format));
      if ((bits & 0x7c00) == 0x7c00) {
        throw to.tooLarge(row);
      }
      to.data().set(SHORT, unit + 2L * (b * BlockFormat.GROUP + lane), bits);
      float stored = Widen.f16(bits);
      float inverse = stored == 0f ? 0f : 1f / stored;
      long values = unit + BlockFormat.SCALE_BYTES + (long) b * format.blockBytes() + 4L * lane;
      switch (format) {
        case Q8 -> {
          round(block, inverse, -127, 127, 128, integers);
          store8(integers, to.data(), values);
        }
        case Q4 -> {
          round(block, inverse, -8, 7, 8, integers);
          store4(integers, to.data(), values);
        }
      }
    }
  }

  private static void load(MemorySegment data, long offset, float[] block) {
    for (int i = 0; i < BLOCK; i += LENGTH) {
      Stored.load(data, offset + (long) i * Stored.BYTES).intoArray(block, i);
    }
  }

  private void pad(Matrix w, long first, int count) {
    for (int i = 0; i < BLOCK; i++) {
      block[i] = i < count ? Widen.element(Stored.DTYPE, w.data(), first + i) : 0f;
    }
  }

  private float scale(BlockFormat format) {
    float most = most(block);
    if (format == BlockFormat.Q8) {
      return most / 127f;
    }
    int first = 0;
    while (Math.abs(block[first]) != most) {
      first++;
    }
    return (block[first] < 0f ? -most : most) / -8f;
  }

  // The largest of numbers does not depend on the order in which they are compared.
  private static float most(float[] block) {
    FloatVector most = Lanes.load(block, 0).abs();
    for (int i = LENGTH; i < BLOCK; i += LENGTH) {
      most = most.max(Lanes.load(block, i).abs());
    }
    return most.reduceLanes(VectorOperators.MAX);
  }

  private static void round(
      float[] block, float inverse, int low, int high, int offset, int[] integers) {
    for (int i = 0; i < BLOCK; i += LENGTH) {
      IntVector shifted =
          Lanes.load(block, i).mul(inverse).add(ExactMath.ROUND).reinterpretAsInts();
      shifted.sub(ROUND_BITS).max(low).min(high).add(offset).intoArray(integers, i);
    }
  }

  // Four columns lie together, a byte each.
  private static void store8(int[] q, MemorySegment data, long values) {
    for (int i = 0; i < BLOCK; i += 4) {
      int four = q[i] | q[i + 1] << 8 | q[i + 2] << 16 | q[i + 3] << 24;
      data.set(INT, values + i / 4 * STEP_BYTES, four);
    }
  }

  private static void store4(int[] q, MemorySegment data, long values) {
    for (int i = 0; i < BLOCK / 2; i += 4) {
      int low = q[i] | q[i + 1] << 8 | q[i + 2] << 16 | q[i + 3] << 24;
      int high = q[i + 16] | q[i + 17] << 8 | q[i + 18] << 16 | q[i + 19] << 24;
      data.set(INT, values + i / 4 * STEP_BYTES, low | high << 4);
    }
  }
}
