package io.lorikeet.kernels.foreign;

import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Bf16Rows;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Scores;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The C face: {@link #matmul}, {@link #matmulInt8}, {@link #matmulBf16}, {@link #matmulExact},
 * {@link #quantize}, {@link #roundBf16}, {@link #pack}, {@link #expand} and {@link #attention} in
 * C, the rest on the vector face; the same bits throughout. Sizes are checked before each call, so
 * that a wrong one ends in an exception and not in foreign memory. Matrices and caches must be
 * native memory.
 *
 * <p>A call that reads Java arrays holds the garbage collector off, so large ones are made in
 * pieces of about a tenth of a millisecond.
 */
public final class NativeKernels implements Kernels {
  /** Instruction sets that there are C kernels for, the faster later; as in {@code calls.h}. */
  enum InstructionSet {
    AVX2(1, "native-avx2"),
    AVX512(2, "native-avx512"),
    NEON(3, "native-neon"),
    NEON_DOT(4, "native-neon-dot");

    private final int number;
    private final String face;

    InstructionSet(int number, String face) {
      this.number = number;
      this.face = face;
    }

    boolean isHere() {
      return (Calls.cpu() >> number & 1) != 0;
    }
  }

  /** Multiply-adds of one call; reading a weight from memory takes as long as about four. */
  private static final long CALL_SIZE = 1 << 22;

  private static final long CALL_SIZE_INT8 = 4 * CALL_SIZE;
  private static final long CALL_SIZE_BF16 = 2 * CALL_SIZE;
  private static final int MEMORY_COST = 4;
  private static final int TILE_ROWS = 4;
  private static final int TILE_TOKENS = 6;
  private static final int TILE_OUTS = 64;

  /** Floats that stay in a core's second-level cache while weights pass by. */
  private static final int ACTIVATIONS = 1 << 17;

  /** Above it the C kernel's buffers are too small. */
  private static final int HEAD_DIM_MAX = 512;

  private final InstructionSet set;
  private final Kernels others = VectorKernels.preferred();
  private final ThreadLocal<AttentionBuffers> buffers =
      ThreadLocal.withInitial(AttentionBuffers::new);

  private NativeKernels(InstructionSet set) {
    this.set = set;
  }

  /** Why there is no C face here, in words for an operator; empty where there is one. */
  public static String absence() {
    return switch (NativeLibrary.ONLY) {
      case NativeLibrary.Absent(String reason) -> reason;
      case NativeLibrary.Loaded _ ->
          Calls.cpu() == 0 ? "the C kernels need a CPU with AVX2, FMA and F16C" : "";
    };
  }

  /**
   * The face for this CPU.
   *
   * @throws IllegalStateException where {@link #absence} says why not
   */
  public static NativeKernels preferred() {
    return all().getLast();
  }

  /** All faces that this CPU can run, the fastest last. */
  public static List<NativeKernels> all() {
    if (!absence().isEmpty()) {
      throw new IllegalStateException(absence());
    }
    List<NativeKernels> faces = new ArrayList<>();
    for (InstructionSet set : InstructionSet.values()) {
      if (set.isHere()) {
        faces.add(new NativeKernels(set));
      }
    }
    return faces;
  }

  @Override
  public String name() {
    return set.face;
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
    Objects.checkFromToIndex(rowBegin, rowEnd, w.rows());
    checkRows(xRows, from, to, xStride, 0, w.cols(), x.length);
    checkRows(yRows, from, to, yStride, yOffset + (long) rowBegin, rowEnd - rowBegin, y.length);
    int tokens = blockTokens(w.cols(), to - from);
    for (int first = from; first < to; first += tokens) {
      int last = Math.min(to, first + tokens);
      matmulBlock(w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, first, last);
    }
  }

  // All rows meet some tokens before the next ones: the activations then stay in a core's cache.
  private void matmulBlock(
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
    long rowCost = (long) w.cols() * Math.max(MEMORY_COST, to - from);
    int rows = (int) Math.max(1, CALL_SIZE / TILE_ROWS / rowCost) * TILE_ROWS;
    int type = type(w.dtype());
    for (int begin = rowBegin; begin < rowEnd; begin += rows) {
      Calls.matmul(
          set.number,
          type,
          w.data(),
          w.cols(),
          begin,
          Math.min(rowEnd, begin + rows),
          x,
          xStride,
          xRows,
          y,
          yStride,
          yOffset,
          yRows,
          from,
          to);
    }
  }

  // Tokens whose activations fit the cache, in near-equal blocks of whole tiles.
  private static int blockTokens(int cols, int tokens) {
    int most = Math.max(1, ACTIVATIONS / cols / TILE_TOKENS) * TILE_TOKENS;
    int blocks = Math.max(1, Math.ceilDiv(tokens, most));
    return Math.ceilDiv(Math.ceilDiv(tokens, blocks), TILE_TOKENS) * TILE_TOKENS;
  }

  @Override
  public void quantize(float[] x, int xOffset, int width, Int8Rows to, int row) {
    Objects.checkFromIndexSize(xOffset, width, x.length);
    Objects.checkIndex(row, to.sums().length / to.blocks());
    Calls.quantize(set.number, x, xOffset, width, to, row);
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
    Objects.checkFromToIndex(rowBegin, rowEnd, w.rows());
    int units = QuantizedMatrix.units(w.cols());
    checkRows(xRows, from, to, x.blocks(), 0, 2 * units, x.sums().length);
    checkRows(yRows, from, to, yStride, yOffset + (long) rowBegin, rowEnd - rowBegin, y.length);
    long groupCost = (long) BlockFormat.GROUP * w.cols() * Math.max(MEMORY_COST, to - from);
    int rows = (int) Math.max(1, CALL_SIZE_INT8 / groupCost) * BlockFormat.GROUP;
    int q4 = q4(w);
    for (int begin = rowBegin; begin < rowEnd; begin += rows) {
      Calls.matmulInt8(
          set.number,
          q4,
          w.data(),
          units,
          begin,
          Math.min(rowEnd, begin + rows),
          x,
          xRows,
          y,
          yStride,
          yOffset,
          yRows,
          from,
          to);
    }
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
    Objects.checkFromToIndex(rowBegin, rowEnd, w.rows());
    checkRows(xRows, from, to, xStride, 0, w.cols(), x.length);
    checkRows(yRows, from, to, yStride, yOffset + (long) rowBegin, rowEnd - rowBegin, y.length);
    long groupCost = (long) BlockFormat.GROUP * w.cols() * Math.max(MEMORY_COST, to - from);
    int rows = (int) Math.max(1, CALL_SIZE / groupCost) * BlockFormat.GROUP;
    for (int begin = rowBegin; begin < rowEnd; begin += rows) {
      Calls.matmulExact(
          set.number,
          q4(w),
          w.data(),
          w.cols(),
          begin,
          Math.min(rowEnd, begin + rows),
          x,
          xStride,
          xRows,
          y,
          yStride,
          yOffset,
          yRows,
          from,
          to);
    }
  }

  @Override
  public String bf16Absence() {
    return switch (set) {
      case AVX2 -> "AVX2 has no BF16 instructions";
      case AVX512 -> Bf16Instructions.ABSENCE;
      case NEON, NEON_DOT -> "there are no BF16 kernels for NEON";
    };
  }

  private boolean hasBf16() {
    return set == InstructionSet.AVX512 && Bf16Instructions.PRESENT;
  }

  @Override
  public void roundBf16(float[] x, int xOffset, int width, Bf16Rows to, int row) {
    if (!hasBf16()) {
      others.roundBf16(x, xOffset, width, to, row);
      return;
    }
    Objects.checkFromIndexSize(xOffset, width, x.length);
    Objects.checkFromIndexSize(0, width, to.stride());
    Objects.checkIndex(row, to.values().length / to.stride());
    Bf16Calls.round(x, xOffset, width, to, row);
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
    if (!hasBf16()) {
      others.matmulBf16(w, rowBegin, rowEnd, x, xRows, y, yStride, yOffset, yRows, from, to);
      return;
    }
    w.require(DType.BF16);
    Objects.checkFromToIndex(rowBegin, rowEnd, w.rows());
    int width = Bf16Rows.padded(w.cols());
    checkRows(xRows, from, to, x.stride(), 0, width, x.values().length);
    checkRows(yRows, from, to, yStride, yOffset + (long) rowBegin, rowEnd - rowBegin, y.length);
    int tokens = blockTokens(Math.ceilDiv(w.cols(), 2), to - from);
    for (int first = from; first < to; first += tokens) {
      int last = Math.min(to, first + tokens);
      long rowCost = (long) w.cols() * Math.max(MEMORY_COST, last - first);
      int rows = (int) Math.max(1, CALL_SIZE_BF16 / TILE_ROWS / rowCost) * TILE_ROWS;
      for (int begin = rowBegin; begin < rowEnd; begin += rows) {
        int end = Math.min(rowEnd, begin + rows);
        Bf16Calls.matmul(
            w.data(), w.cols(), begin, end, x, xRows, y, yStride, yOffset, yRows, first, last);
      }
    }
  }

  @Override
  public void pack(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd) {
    to.requireShape(w);
    Objects.checkFromToIndex(groupBegin, groupEnd, QuantizedMatrix.groups(w.rows()));
    int row =
        Calls.pack(
            set.number,
            q4(to),
            type(w.dtype()),
            w.data(),
            w.rows(),
            w.cols(),
            to.data(),
            groupBegin,
            groupEnd);
    if (row >= 0) {
      throw to.tooLarge(row);
    }
  }

  private static int q4(QuantizedMatrix w) {
    return w.format() == BlockFormat.Q4 ? 1 : 0;
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
    Objects.checkFromToIndex(outBegin, outEnd, b.out());
    Objects.checkFromToIndex(from, to, weights.length);
    if (from < to) {
      checkRow(from, hStride, hOffset, b.rank(), h.length);
      checkRow(to - 1, hStride, hOffset, b.rank(), h.length);
    }
    checkRows(yRows, from, to, yStride, yOffset + (long) outBegin, outEnd - outBegin, y.length);
    long outCost = (long) b.rank() * Math.max(MEMORY_COST, to - from);
    int outs = (int) Math.max(1, Math.min(b.out(), CALL_SIZE / outCost) / TILE_OUTS) * TILE_OUTS;
    int type = type(b.dtype());
    for (int begin = outBegin; begin < outEnd; begin += outs) {
      Calls.expand(
          set.number,
          type,
          b.data(),
          b.rank(),
          begin,
          Math.min(outEnd, begin + outs),
          h,
          hStride,
          hOffset,
          y,
          yStride,
          yOffset,
          yRows,
          weights,
          from,
          to);
    }
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
    if (kv.headDim() > HEAD_DIM_MAX) {
      others.attention(
          kv, blocks, blocksOffset, start, length, q, qOffset, heads, scores, out, outOffset);
      return;
    }
    int width = heads * kv.headDim();
    Objects.checkFromIndexSize(qOffset, width, q.length);
    Objects.checkFromIndexSize(outOffset, width, out.length);
    Objects.checkFromToIndex(start, length, Integer.MAX_VALUE);
    AttentionBuffers b = buffers.get();
    b.take(kv, blocks, blocksOffset, start, length, q, qOffset, heads, scores);
    Calls.attention(
        set.number,
        kv.data(),
        kv.blockStride(),
        kv.keyOffset(),
        kv.valueOffset(),
        kv.headDim(),
        b.blocks(),
        start,
        length,
        b.queries(),
        heads,
        scores.scale(),
        scores.softCap(),
        b.slopes(scores),
        b.out());
    b.give(out, outOffset, width);
  }

  // Rows [from, to) of a buffer, each with width elements from its offset on, lie inside.
  private static void checkRows(
      int[] rows, int from, int to, int stride, long offset, int width, int length) {
    Objects.checkFromToIndex(from, to, rows.length);
    for (int i = from; i < to; i++) {
      checkRow(rows[i], stride, offset, width, length);
    }
  }

  private static void checkRow(int row, int stride, long offset, int width, int length) {
    Objects.checkFromIndexSize((long) row * stride + offset, width, (long) length);
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case F32 -> 0;
      case F16 -> 1;
      case BF16 -> 2;
    };
  }

  @Override
  public void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float eps, float[] y, int yOffset) {
    others.rmsNorm(x, xOffset, weight, width, eps, y, yOffset);
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
    others.layerNorm(x, xOffset, weight, bias, width, eps, y, yOffset);
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
    others.gatedActivation(kind, gate, gateOffset, up, upOffset, out, outOffset, width);
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
    others.rope(x, offset, heads, headDim, rotaryDim, cos, sin, tableOffset);
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
    others.ropeInterleaved(x, offset, heads, headDim, rotaryDim, cos, sin, tableOffset);
  }

  @Override
  public void writeKv(
      KvHead kv, int block, int slot, float[] k, int kOffset, float[] v, int vOffset) {
    others.writeKv(kv, block, slot, k, kOffset, v, vOffset);
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int width) {
    others.add(x, xOffset, y, yOffset, width);
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int width) {
    others.multiply(x, xOffset, y, yOffset, width);
  }

  @Override
  public void scale(float factor, float[] y, int yOffset, int width) {
    others.scale(factor, y, yOffset, width);
  }

  @Override
  public void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int width) {
    others.addScaled(factor, x, xOffset, y, yOffset, width);
  }

  @Override
  public void softCap(float cap, float[] y, int yOffset, int width) {
    others.softCap(cap, y, yOffset, width);
  }

  @Override
  public void widenRow(Matrix table, int row, float[] y, int yOffset) {
    others.widenRow(table, row, y, yOffset);
  }

  @Override
  public int argmax(float[] x, int offset, int width) {
    return others.argmax(x, offset, width);
  }

  @Override
  public float logSumExp(float[] x, int offset, int width) {
    return others.logSumExp(x, offset, width);
  }

  @Override
  public void maxima(float[] x, int offset, int width, int block, float[] y) {
    others.maxima(x, offset, width, block, y);
  }

  @Override
  public void exp(float[] x, int xOffset, float[] y, int yOffset, int width) {
    others.exp(x, xOffset, y, yOffset, width);
  }

  @Override
  public int largeWords(long seed, long position, int begin, int end, int least, int[] ids) {
    return others.largeWords(seed, position, begin, end, least, ids);
  }
}
