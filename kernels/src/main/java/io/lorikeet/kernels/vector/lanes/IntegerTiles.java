package io.lorikeet.kernels.vector.lanes;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Integer dot products of a group of 16 rows with one token, one part of the rows at a time. */
final class IntegerTiles {
  /** Tokens of a tile of {@link IntegerPanel}. */
  static final int TOKENS = 4;

  private IntegerTiles() {}

  static void one(QuantizedMatrix w, long at, Int8Rows x, int x0, float[] sums, int part) {
    BlockFormat format = w.format();
    FloatVector s0 = Lanes.broadcast(0f);
    for (int b = 0; b < x.blocks(); b++) {
      long values = values(format, at, b, part);
      IntVector d0 = start(format, x, x0, b);
      for (int k = 0; k < BlockFormat.BLOCK; k += 4) {
        IntVector v = vector(format, w.data(), values, k);
        d0 = d0.add(dot(v, x.values(), x0 * x.stride() + b * BlockFormat.BLOCK + k));
      }
      s0 = add(s0, d0, scales(w.data(), format, at, b, part), x, x0, b);
    }
    s0.intoArray(sums, part);
  }

  // The stored integers are larger by the offset: the sum starts where that is taken back.
  private static IntVector start(BlockFormat format, Int8Rows x, int row, int b) {
    return Lanes.broadcast(-format.offset() * x.sums()[row * x.blocks() + b]);
  }

  private static FloatVector add(
      FloatVector sum, IntVector dot, FloatVector scales, Int8Rows x, int row, int b) {
    FloatVector exact = (FloatVector) dot.convert(VectorOperators.I2F, 0);
    return exact.fma(scales.mul(x.scales()[row * x.blocks() + b]), sum);
  }

  private static FloatVector scales(
      MemorySegment data, BlockFormat format, long at, int b, int part) {
    long unit = at + (long) (b / 2) * format.unitBytes();
    return Stored.load(data, unit + (b % 2 * BlockFormat.GROUP + part) * 2L);
  }

  private static long values(BlockFormat format, long at, int b, int part) {
    long unit = at + (long) (b / 2) * format.unitBytes();
    return unit + BlockFormat.SCALE_BYTES + (long) (b % 2) * format.blockBytes() + part * 4L;
  }

  /** Columns k..k+3 of a block, a byte each. */
  private static IntVector vector(BlockFormat format, MemorySegment data, long values, int k) {
    if (format == BlockFormat.Q8) {
      return load(data, values + (long) k * BlockFormat.GROUP);
    }
    IntVector both = load(data, values + (long) (k % 16) * BlockFormat.GROUP);
    IntVector halves = k < 16 ? both : both.lanewise(VectorOperators.LSHR, 4);
    return halves.and(0x0f0f0f0f);
  }

  private static IntVector load(MemorySegment data, long offset) {
    return IntVector.fromMemorySegment(Lanes.I, data, offset, ByteOrder.LITTLE_ENDIAN);
  }

  private static IntVector dot(IntVector v, byte[] x, int at) {
    IntVector d0 = v.and(0xff).mul(x[at]);
    IntVector d1 = v.lanewise(VectorOperators.LSHR, 8).and(0xff).mul(x[at + 1]);
    IntVector d2 = v.lanewise(VectorOperators.LSHR, 16).and(0xff).mul(x[at + 2]);
    IntVector d3 = v.lanewise(VectorOperators.LSHR, 24).mul(x[at + 3]);
    return d0.add(d1).add(d2.add(d3));
  }
}
