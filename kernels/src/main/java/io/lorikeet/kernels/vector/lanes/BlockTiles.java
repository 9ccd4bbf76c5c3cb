package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Exact dot products of a group of 16 rows of quantised weights with up to four tokens. Rows are
 * lanes, so that the 16 chains of a row are 16 vectors, which are summed in several passes over the
 * columns.
 */
final class BlockTiles {
  private static final int STEP = 4; // columns of a row that lie together
  private static final int ROW = CHAIN * CHAIN; // chains of one token

  private BlockTiles() {}

  // Tokens that are not there repeat the last one. The sum of (token, row) goes to
  // chains[token * 256 + row].
  static void sums(
      QuantizedMatrix w,
      int group,
      float[] x,
      int xStride,
      int[] xRows,
      int i,
      int tokens,
      Panel panel) {
    int whole = w.cols() & -CHAIN;
    int rest = w.cols() - whole;
    Arrays.fill(panel.tails, 0f);
    for (int t = 0; t < tokens && rest > 0; t++) {
      System.arraycopy(x, xRows[i + t] * xStride + whole, panel.tails, t * CHAIN, rest);
    }
    long at = w.unit(group, 0);
    int x0 = xRows[i] * xStride;
    int x1 = xRows[i + Math.min(1, tokens - 1)] * xStride;
    int x2 = xRows[i + Math.min(2, tokens - 1)] * xStride;
    int x3 = xRows[i + Math.min(3, tokens - 1)] * xStride;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      for (int c = 0; c < CHAIN; c++) {
        if (tokens > 1) {
          four(w, at, c, whole, x, x0, x1, x2, x3, panel.chains, part);
        } else if (c % 2 == 0) {
          one(w, at, c, whole, x, x0, panel.chains, part);
        }
        for (int t = 0; t < tokens && rest > 0; t++) {
          last(w, at, c, whole, panel.tails[t * CHAIN + c], panel.chains, t * ROW, part);
        }
      }
    }
    for (int t = 0; t < tokens; t++) {
      for (int distance = CHAIN / 2; distance > 0; distance /= 2) {
        for (int part = 0; part < distance * CHAIN; part += LENGTH) {
          add(panel.chains, t * ROW + part, distance * CHAIN);
        }
      }
    }
  }

  private static void add(float[] chains, int at, int distance) {
    Lanes.load(chains, at).add(Lanes.load(chains, at + distance)).intoArray(chains, at);
  }

  // Two chains of one token, whole chunks: four exceed the compiler's limit of nodes.
  private static void one(
      QuantizedMatrix w, long at, int c, int whole, float[] x, int x0, float[] chains, int part) {
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    BlockFormat format = w.format();
    for (int k = 0; k < whole; k += CHAIN) {
      IntVector v = load(w.data(), values(format, at, k, c, part));
      FloatVector scale = scale(w.data(), format, at, k, part);
      int first = x0 + k + c;
      int shift = shift(format, k) + 8 * (c % STEP);
      s0 = weight(v, shift, format, scale).fma(Lanes.broadcast(x[first]), s0);
      s1 = weight(v, shift + 8, format, scale).fma(Lanes.broadcast(x[first + 1]), s1);
    }
    s0.intoArray(chains, c * CHAIN + part);
    s1.intoArray(chains, (c + 1) * CHAIN + part);
  }

  // One chain of four tokens, whole chunks.
  private static void four(
      QuantizedMatrix w,
      long at,
      int c,
      int whole,
      float[] x,
      int x0,
      int x1,
      int x2,
      int x3,
      float[] chains,
      int part) {
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    BlockFormat format = w.format();
    for (int k = 0; k < whole; k += CHAIN) {
      FloatVector a = weight(w.data(), format, at, k, c, part);
      s0 = a.fma(Lanes.broadcast(x[x0 + k + c]), s0);
      s1 = a.fma(Lanes.broadcast(x[x1 + k + c]), s1);
      s2 = a.fma(Lanes.broadcast(x[x2 + k + c]), s2);
      s3 = a.fma(Lanes.broadcast(x[x3 + k + c]), s3);
    }
    s0.intoArray(chains, c * CHAIN + part);
    s1.intoArray(chains, ROW + c * CHAIN + part);
    s2.intoArray(chains, 2 * ROW + c * CHAIN + part);
    s3.intoArray(chains, 3 * ROW + c * CHAIN + part);
  }

  // The last chunk of one chain of one token.
  private static void last(
      QuantizedMatrix w, long at, int c, int k, float x, float[] chains, int token, int part) {
    int index = token + c * CHAIN + part;
    weight(w.data(), w.format(), at, k, c, part)
        .fma(Lanes.broadcast(x), Lanes.load(chains, index))
        .intoArray(chains, index);
  }

  private static FloatVector weight(
      MemorySegment data, BlockFormat format, long at, int k, int c, int part) {
    IntVector v = load(data, values(format, at, k, c, part));
    int shift = shift(format, k) + 8 * (c % STEP);
    return weight(v, shift, format, scale(data, format, at, k, part));
  }

  // Scale and offset are powers of two apart from 11 bits: nothing is rounded.
  private static FloatVector weight(IntVector v, int shift, BlockFormat format, FloatVector scale) {
    IntVector stored =
        v.lanewise(VectorOperators.LSHR, Lanes.broadcast(shift))
            .and(format == BlockFormat.Q8 ? 0xff : 0x0f);
    FloatVector exact = (FloatVector) stored.convert(VectorOperators.I2F, 0);
    return exact.sub((float) format.offset()).mul(scale).add(0f);
  }

  private static int shift(BlockFormat format, int k) {
    return format == BlockFormat.Q4 ? k / CHAIN % 2 * 4 : 0;
  }

  private static long unit(BlockFormat format, long at, int k) {
    return at + (long) (k / BlockFormat.UNIT) * format.unitBytes();
  }

  private static long values(BlockFormat format, long at, int k, int c, int part) {
    int block = k / BlockFormat.BLOCK % 2;
    int half = format == BlockFormat.Q8 ? k / CHAIN % 2 * format.blockBytes() / 2 : 0;
    return unit(format, at, k)
        + BlockFormat.SCALE_BYTES
        + (long) block * format.blockBytes()
        + half
        + (long) (c / STEP) * STEP * BlockFormat.GROUP
        + 4L * part;
  }

  private static FloatVector scale(
      MemorySegment data, BlockFormat format, long at, int k, int part) {
    int block = k / BlockFormat.BLOCK % 2;
    return Stored.load(data, unit(format, at, k) + (block * BlockFormat.GROUP + part) * 2L);
  }

  private static IntVector load(MemorySegment data, long offset) {
    return IntVector.fromMemorySegment(Lanes.I, data, offset, ByteOrder.LITTLE_ENDIAN);
  }
}
