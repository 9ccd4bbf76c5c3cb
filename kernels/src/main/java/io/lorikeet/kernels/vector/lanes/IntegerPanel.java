package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Integer dot products of many tokens, in F32: a block's is below 2^24, so no product and no sum is
 * rounded. A group of 16 rows is unpacked once for all tokens. One per thread.
 */
final class IntegerPanel {
  private static final int BLOCK = BlockFormat.BLOCK;

  /** Floats of activations that stay in a core's second-level cache while groups pass by. */
  private static final int ACTIVATIONS = 1 << 17;

  private float[] weights = new float[0]; // [columns][16 rows]
  private float[] scales = new float[0]; // [blocks][16 rows]
  private float[] x = new float[0]; // [tokens of a part][columns]
  private int columns;

  /** Tokens of which {@link #take} takes so many at once. */
  static int tokens(Int8Rows x) {
    return Math.max(1, ACTIVATIONS / (x.blocks() * BLOCK) / IntegerTiles.TOKENS)
        * IntegerTiles.TOKENS;
  }

  /** Widens the activations of rows {@code xRows[from..to)}. */
  void take(Int8Rows rows, int[] xRows, int from, int to) {
    columns = rows.blocks() * BLOCK;
    if (x.length < (to - from) * columns) {
      x = new float[(to - from) * columns];
    }
    for (int i = from; i < to; i++) {
      widen(rows.values(), xRows[i] * rows.stride(), columns, x, (i - from) * columns);
    }
  }

  private static void widen(byte[] values, int offset, int count, float[] to, int at) {
    for (int k = 0; k < count; k++) {
      to[at + k] = values[offset + k];
    }
  }

  /** Unpacks a group of rows. */
  void fill(QuantizedMatrix w, int group) {
    int blocks = columns / BLOCK;
    if (weights.length < columns * CHAIN) {
      weights = new float[columns * CHAIN];
      scales = new float[blocks * CHAIN];
    }
    BlockFormat format = w.format();
    for (int b = 0; b < blocks; b++) {
      long unit = w.unit(group, b / 2);
      long values = unit + BlockFormat.SCALE_BYTES + (long) (b % 2) * format.blockBytes();
      int at = b * BLOCK * CHAIN;
      for (int part = 0; part < CHAIN; part += LENGTH) {
        scale(w.data(), unit + (b % 2 * CHAIN + part) * 2L, scales, b * CHAIN + part);
        switch (format) {
          case Q8 -> unpack(w.data(), values + part * 4L, BLOCK, 0, 255, 128, weights, at + part);
          case Q4 -> {
            int half = BLOCK / 2;
            unpack(w.data(), values + part * 4L, half, 0, 15, 8, weights, at + part);
            int next = at + half * CHAIN + part;
            unpack(w.data(), values + part * 4L, half, 4, 15, 8, weights, next);
          }
        }
      }
    }
  }

  private static void scale(MemorySegment data, long offset, float[] scales, int at) {
    Stored.load(data, offset).intoArray(scales, at);
  }

  // Four columns lie together, a byte each.
  private static void unpack(
      MemorySegment data,
      long offset,
      int count,
      int shift,
      int mask,
      int zero,
      float[] weights,
      int at) {
    for (int k = 0; k < count; k++) {
      long four = offset + (long) (k & -4) * CHAIN;
      IntVector v = IntVector.fromMemorySegment(Lanes.I, data, four, ByteOrder.LITTLE_ENDIAN);
      IntVector stored =
          v.lanewise(VectorOperators.LSHR, Lanes.broadcast(shift + k % 4 * 8)).and(mask);
      FloatVector exact = (FloatVector) stored.convert(VectorOperators.I2F, 0);
      exact.sub((float) zero).intoArray(weights, at + k * CHAIN);
    }
  }

  /**
   * Sums of four tokens of those taken, {@code [4][16]}; tokens that are not there repeat the last.
   *
   * @param first the first of them
   * @param rows of the tokens in {@code from}, which has their scales
   */
  void sums(Int8Rows from, int[] rows, int i, int first, int tokens, float[] sums) {
    int t1 = Math.min(1, tokens - 1);
    int t2 = Math.min(2, tokens - 1);
    int t3 = tokens - 1;
    int blocks = columns / BLOCK;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      four(
          weights,
          scales,
          blocks,
          x,
          first * columns,
          (first + t1) * columns,
          (first + t2) * columns,
          (first + t3) * columns,
          from.scales(),
          rows[i] * blocks,
          rows[i + t1] * blocks,
          rows[i + t2] * blocks,
          rows[i + t3] * blocks,
          sums,
          part);
    }
  }

  private static void four(
      float[] weights,
      float[] scales,
      int blocks,
      float[] x,
      int x0,
      int x1,
      int x2,
      int x3,
      float[] xScales,
      int s0,
      int s1,
      int s2,
      int s3,
      float[] sums,
      int part) {
    FloatVector sum0 = Lanes.broadcast(0f);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int b = 0; b < blocks; b++) {
      FloatVector d0 = Lanes.broadcast(0f);
      FloatVector d1 = d0;
      FloatVector d2 = d0;
      FloatVector d3 = d0;
      for (int k = b * BLOCK; k < (b + 1) * BLOCK; k++) {
        FloatVector w = Lanes.load(weights, k * CHAIN + part);
        d0 = w.fma(Lanes.broadcast(x[x0 + k]), d0);
        d1 = w.fma(Lanes.broadcast(x[x1 + k]), d1);
        d2 = w.fma(Lanes.broadcast(x[x2 + k]), d2);
        d3 = w.fma(Lanes.broadcast(x[x3 + k]), d3);
      }
      FloatVector scale = Lanes.load(scales, b * CHAIN + part);
      sum0 = d0.fma(scale.mul(xScales[s0 + b]), sum0);
      sum1 = d1.fma(scale.mul(xScales[s1 + b]), sum1);
      sum2 = d2.fma(scale.mul(xScales[s2 + b]), sum2);
      sum3 = d3.fma(scale.mul(xScales[s3 + b]), sum3);
    }
    sum0.intoArray(sums, part);
    sum1.intoArray(sums, CHAIN + part);
    sum2.intoArray(sums, 2 * CHAIN + part);
    sum3.intoArray(sums, 3 * CHAIN + part);
  }
}
