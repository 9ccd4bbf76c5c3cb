package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Widen;
import io.lorikeet.kernels.vector.StoredKernels;

/** The operations that read stored weights: loops over tiles, and the tails beside them. */
public final class StoredLanes implements StoredKernels {
  /** Floats of activations that stay in a core's second-level cache while rows pass by. */
  private static final int ACTIVATIONS = 1 << 17;

  private final ThreadLocal<Panel> panels = ThreadLocal.withInitial(Panel::new);

  /** For {@link io.lorikeet.kernels.vector.Specialisation}. */
  public StoredLanes() {}

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
    Panel panel = panels.get();
    int block = Math.max(1, ACTIVATIONS / w.cols() / Tiles.TOKENS) * Tiles.TOKENS;
    for (int first = from; first < to; first += block) {
      int last = Math.min(to, first + block);
      for (int r = rowBegin; r < rowEnd; r += Tiles.ROWS) {
        int rows = Math.min(Tiles.ROWS, rowEnd - r);
        if (last - first > 1) {
          panel.fill(w, r, rows);
        }
        for (int i = first; i < last; i += Tiles.TOKENS) {
          int tokens = Math.min(Tiles.TOKENS, last - i);
          if (tokens == 1) {
            oneToken(w, r, rows, x, xRows[i] * xStride, panel.sums);
          } else {
            fourTokens(w, x, xStride, xRows, i, tokens, panel);
          }
          for (int t = 0; t < tokens; t++) {
            finish(
                w,
                r,
                rows,
                x,
                xRows[i + t] * xStride,
                panel.sums,
                t * Tiles.ROWS * CHAIN,
                y,
                yRows[i + t] * yStride + yOffset + r);
          }
        }
      }
    }
  }

  // Rows that are not there repeat the last one; nobody reads their sums.
  private static void oneToken(Matrix w, int r, int rows, float[] x, int xOffset, float[] sums) {
    int width = w.cols() & -CHAIN;
    long rowBytes = (long) w.cols() * Stored.BYTES;
    long w0 = r * rowBytes;
    long w1 = w0 + Math.min(1, rows - 1) * rowBytes;
    long w2 = w0 + Math.min(2, rows - 1) * rowBytes;
    long w3 = w0 + Math.min(3, rows - 1) * rowBytes;
    for (int p = 0; p < CHAIN; p += LENGTH) {
      long b = (long) p * Stored.BYTES;
      if (Stored.F16) {
        // Four widenings of F16 in one loop exceed the compiler's limit of nodes.
        Tiles.twoByOne(w.data(), w0 + b, w1 + b, x, xOffset + p, width, sums, p);
        Tiles.twoByOne(w.data(), w2 + b, w3 + b, x, xOffset + p, width, sums, 2 * CHAIN + p);
      } else {
        Tiles.fourByOne(w.data(), w0 + b, w1 + b, w2 + b, w3 + b, x, xOffset + p, width, sums, p);
      }
    }
  }

  // Tokens that are not there repeat the last one.
  private static void fourTokens(
      Matrix w, float[] x, int xStride, int[] xRows, int i, int tokens, Panel panel) {
    int x0 = xRows[i] * xStride;
    int x1 = xRows[i + 1] * xStride;
    int x2 = xRows[i + Math.min(2, tokens - 1)] * xStride;
    int x3 = xRows[i + Math.min(3, tokens - 1)] * xStride;
    int width = w.cols() & -CHAIN;
    for (int p = 0; p < CHAIN; p += LENGTH) {
      Tiles.fourByFour(panel.weights, x, x0 + p, x1 + p, x2 + p, x3 + p, width, panel.sums, p);
    }
  }

  // Ends the chains of one token and writes its outputs.
  private static void finish(
      Matrix w, int r, int rows, float[] x, int xOffset, float[] sums, int at, float[] y, int yAt) {
    int width = w.cols() & -CHAIN;
    for (int row = 0; row < rows; row++) {
      int chain = at + row * CHAIN;
      if (width < w.cols()) {
        tail(w, r + row, width, x, xOffset, sums, chain);
      }
      y[yAt + row] = Lanes.tree(sums, chain);
    }
  }

  // The last columns, padded with zeros to one more step of the chain.
  private static void tail(
      Matrix w, int row, int width, float[] x, int xOffset, float[] sums, int at) {
    long first = (long) row * w.cols();
    for (int lane = 0; lane < CHAIN; lane++) {
      int k = width + lane;
      float a = k < w.cols() ? Widen.element(Stored.DTYPE, w.data(), first + k) : 0f;
      float b = k < w.cols() ? x[xOffset + k] : 0f;
      sums[at + lane] = Math.fma(a, b, sums[at + lane]);
    }
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
    float[] sums = panels.get().sums;
    for (int r = rowBegin; r < rowEnd; r += CHAIN) {
      int rows = Math.min(CHAIN, rowEnd - r);
      for (int i = from; i < to; i += Tiles.TOKENS) {
        int tokens = Math.min(Tiles.TOKENS, to - i);
        for (int part = 0; part < CHAIN; part += LENGTH) {
          IntegerTiles.sums(w, r / CHAIN, x, xRows, i, tokens, sums, part);
        }
        for (int t = 0; t < tokens; t++) {
          System.arraycopy(sums, t * CHAIN, y, yRows[i + t] * yStride + yOffset + r, rows);
        }
      }
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
    Panel panel = panels.get();
    for (int r = rowBegin; r < rowEnd; r += CHAIN) {
      int rows = Math.min(CHAIN, rowEnd - r);
      for (int i = from; i < to; i += Tiles.TOKENS) {
        int tokens = Math.min(Tiles.TOKENS, to - i);
        BlockTiles.sums(w, r / CHAIN, x, xStride, xRows, i, tokens, panel);
        for (int t = 0; t < tokens; t++) {
          System.arraycopy(
              panel.chains, t * CHAIN * CHAIN, y, yRows[i + t] * yStride + yOffset + r, rows);
        }
      }
    }
  }

  @Override
  public void pack(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd) {
    panels.get().packing.groups(w, to, groupBegin, groupEnd);
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
    float[] sums = panels.get().sums;
    for (int o = outBegin; o < outEnd; o += PackedB.TILE) {
      int outs = Math.min(PackedB.TILE, outEnd - o);
      long tile = (long) o * b.rank() * Stored.BYTES;
      for (int i = from; i < to; i++) {
        Expansion.tile(b, tile, h, i * hStride + hOffset, sums);
        Expansion.addWeighted(weights[i], sums, y, yRows[i] * yStride + yOffset + o, outs);
      }
    }
  }

  @Override
  public void widenRow(Matrix table, int row, float[] y, int yOffset) {
    long first = (long) row * table.cols();
    int k = 0;
    for (; k <= table.cols() - LENGTH; k += LENGTH) {
      Stored.load(table.data(), (first + k) * Stored.BYTES).intoArray(y, yOffset + k);
    }
    for (; k < table.cols(); k++) {
      y[yOffset + k] = Widen.element(Stored.DTYPE, table.data(), first + k);
    }
  }
}
