package io.lorikeet.kernels.vector.lanes;

import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Bf16Rows;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Scores;
import io.lorikeet.kernels.vector.StoredKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/** All operations at one width; those on stored weights go to the type's specialisation. */
public final class LanesKernels extends VectorKernels {
  private static final int CHUNK = 1024;

  private final StoredKernels f32;
  private final StoredKernels f16;
  private final StoredKernels bf16;
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

  /** For {@link io.lorikeet.kernels.vector.Specialisation}. */
  public LanesKernels(Function<DType, StoredKernels> stored) {
    f32 = stored.apply(DType.F32);
    f16 = stored.apply(DType.F16);
    bf16 = stored.apply(DType.BF16);
  }

  @Override
  public String name() {
    return "vector-" + Lanes.BITS;
  }

  private StoredKernels stored(DType dtype) {
    return switch (dtype) {
      case F32 -> f32;
      case F16 -> f16;
      case BF16 -> bf16;
    };
  }

  @Override
  public void matmul(
      Matrix w,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    stored(w.dtype())
        .matmul(w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, from, to);
  }

  @Override
  public void quantize(float[] x, int xOffset, int width, Int8Rows to, int row) {
    to.quantize(x, xOffset, width, row);
  }

  @Override
  public void matmulInt8(
      QuantizedMatrix w,
      int rowBegin,
      int rowEnd,
      Int8Rows x,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    f16.matmulInt8(w, rowBegin, rowEnd, x, xRows, y, yStride, yOffset, yRows, from, to);
  }

  @Override
  public void matmulExact(
      QuantizedMatrix w,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    f16.matmulExact(w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, from, to);
  }

  @Override
  public String bf16Absence() {
    return "the kernels " + name() + " have no BF16 instructions";
  }

  @Override
  public void roundBf16(float[] x, int xOffset, int width, Bf16Rows to, int row) {
    to.round(x, xOffset, width, row);
  }

  @Override
  public void matmulBf16(
      Matrix w,
      int rowBegin,
      int rowEnd,
      Bf16Rows x,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    x.multiply(w, rowBegin, rowEnd, xRows, y, yStride, yOffset, yRows, from, to);
  }

  @Override
  public void pack(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd) {
    stored(w.dtype()).pack(w, to, groupBegin, groupEnd);
  }

  @Override
  public void expand(
      PackedB b,
      int outBegin,
      int outEnd,
      float[] h,
      int hStride,
      int hOffset,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      float[] weights,
      int from,
      int to) {
    stored(b.dtype())
        .expand(
            b, outBegin, outEnd, h, hStride, hOffset, y, yStride, yOffset, yRows, weights, from,
            to);
  }

  @Override
  public void widenRow(Matrix table, int row, float[] y, int yOffset) {
    stored(table.dtype()).widenRow(table, row, y, yOffset);
  }

  @Override
  public void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float eps, float[] y, int yOffset) {
    float mean = Reductions.squares(x, xOffset, width, scratch.get().lanes) / width;
    float factor = 1f / (float) Math.sqrt(mean + eps);
    Elementwise.scale(x, xOffset, factor, weight, width, y, yOffset);
  }

  @Override
  public void layerNorm(
      float[] x,
      int xOffset,
      float[] weight,
      float[] bias,
      int width,
      float eps,
      float[] y,
      int yOffset) {
    float[] lanes = scratch.get().lanes;
    float mean = Reductions.sum(x, xOffset, width, lanes) / width;
    float variance = Reductions.squares(x, xOffset, mean, width, lanes) / width;
    float factor = 1f / (float) Math.sqrt(variance + eps);
    Elementwise.standardise(x, xOffset, mean, factor, weight, bias, width, y, yOffset);
  }

  @Override
  public void gatedActivation(
      Activation kind,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int width) {
    Scratch s = scratch.get();
    Elementwise.gatedActivation(kind, gate, gateOffset, up, upOffset, out, outOffset, width, s);
  }

  @Override
  public void rope(
      float[] x,
      int offset,
      int heads,
      int headDim,
      int rotaryDim,
      float[] cos,
      float[] sin,
      int tableOffset) {
    for (int h = 0; h < heads; h++) {
      Elementwise.rotate(x, offset + h * headDim, rotaryDim / 2, cos, sin, tableOffset);
    }
  }

  @Override
  public void ropeInterleaved(
      float[] x,
      int offset,
      int heads,
      int headDim,
      int rotaryDim,
      float[] cos,
      float[] sin,
      int tableOffset) {
    for (int h = 0; h < heads; h++) {
      Elementwise.rotateNeighbours(x, offset + h * headDim, rotaryDim / 2, cos, sin, tableOffset);
    }
  }

  @Override
  public void writeKv(
      KvHead kv, int block, int slot, float[] k, int kOffset, float[] v, int vOffset) {
    long key = kv.keys(block) / Float.BYTES + slot;
    for (int d = 0; d < kv.headDim(); d++) {
      kv.data().setAtIndex(ValueLayout.JAVA_FLOAT, key + (long) d * KvHead.TOKENS, k[kOffset + d]);
    }
    long value = kv.values(block) + (long) slot * kv.headDim() * Float.BYTES;
    MemorySegment.copy(v, vOffset, kv.data(), ValueLayout.JAVA_FLOAT, value, kv.headDim());
  }

  @Override
  public void attention(
      KvHead kv,
      int[] blocks,
      int blocksOffset,
      int start,
      int length,
      float[] q,
      int qOffset,
      int heads,
      Scores scores,
      float[] out,
      int outOffset) {
    Scratch s = scratch.get();
    for (int h = 0; h < heads; h += Scratch.HEADS) {
      int count = Math.min(Scratch.HEADS, heads - h);
      int head = h * kv.headDim();
      Attention.heads(
          kv,
          blocks,
          blocksOffset,
          start,
          length,
          q,
          qOffset + head,
          h,
          count,
          scores,
          out,
          outOffset + head,
          s);
    }
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int width) {
    Elementwise.add(x, xOffset, y, yOffset, width);
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int width) {
    Elementwise.multiply(x, xOffset, y, yOffset, width);
  }

  @Override
  public void scale(float factor, float[] y, int yOffset, int width) {
    Elementwise.scale(factor, y, yOffset, width);
  }

  @Override
  public void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int width) {
    Elementwise.addScaled(factor, x, xOffset, y, yOffset, width);
  }

  @Override
  public void softCap(float cap, float[] y, int yOffset, int width) {
    Elementwise.softCap(cap, y, yOffset, width);
  }

  @Override
  public int argmax(float[] x, int offset, int width) {
    Scratch s = scratch.get();
    return Reductions.argmax(x, offset, width, s.lanes, s.indices);
  }

  @Override
  public void maxima(float[] x, int offset, int width, int block, float[] y) {
    Reductions.maxima(x, offset, width, block, y);
  }

  @Override
  public void exp(float[] x, int xOffset, float[] y, int yOffset, int width) {
    Elementwise.exp(x, xOffset, y, yOffset, width);
  }

  @Override
  public int largeWords(long seed, long position, int begin, int end, int least, int[] ids) {
    return RandomWords.large(seed, position, begin, end, least, ids, scratch.get().words);
  }

  @Override
  public float logSumExp(float[] x, int offset, int width) {
    float[] lanes = scratch.get().lanes;
    float max = Reductions.max(Float.NEGATIVE_INFINITY, x, offset, width, lanes);
    float total = 0f;
    for (int begin = 0; begin < width; begin += CHUNK) {
      int count = Math.min(CHUNK, width - begin);
      total += Reductions.expSum(max, x, offset + begin, count, lanes);
    }
    return max + (float) ExactMath.log(total);
  }
}
