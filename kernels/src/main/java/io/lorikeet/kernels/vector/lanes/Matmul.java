package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;

/**
 * {@link io.lorikeet.kernels.Kernels#matmul} around the tiles. Few tokens meet the weights where
 * they lie; for many the weights are widened once, into a {@link Panel}.
 */
final class Matmul {
  /** Floats of activations that stay in a core's second-level cache while rows pass by. */
  private static final int ACTIVATIONS = 1 << 17;

  /** Tokens from which on a panel is worth its making; F16 takes longest to widen. */
  private static final int PANEL_TOKENS_MIN = Stored.F16 ? 2 : 5;

  /** Tokens of a tile without a panel: more exceed the compiler's limit of nodes. */
  private static final int FEW = 2;

  private Matmul() {}

  static void run(
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
      int to,
      Panel panel) {
    if (to - from < PANEL_TOKENS_MIN) {
      few(w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, from, to, panel);
      return;
    }
    int block = Math.max(1, ACTIVATIONS / w.cols() / Tiles.TOKENS) * Tiles.TOKENS;
    for (int first = from; first < to; first += block) {
      int last = Math.min(to, first + block);
      many(w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, first, last, panel);
    }
  }

  private static void few(
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
      int to,
      Panel panel) {
    for (int r = rowBegin; r < rowEnd; r += Tiles.ROWS) {
      int rows = Math.min(Tiles.ROWS, rowEnd - r);
      for (int i = from; i < to; i += FEW) {
        int tokens = Math.min(FEW, to - i);
        if (tokens == 1) {
          boolean more = r + 2 * Tiles.ROWS <= rowEnd;
          oneToken(w, r, rows, more, x, xRows[i] * xStride, panel.sums);
        } else {
          twoTokens(w, r, rows, x, xRows[i] * xStride, xRows[i + 1] * xStride, panel.sums);
        }
        finish(w, r, rows, x, xStride, xRows, y, yStride, yOffset, yRows, i, tokens, panel.sums);
      }
    }
  }

  // Rows that are not there repeat the last one; nobody reads their sums.
  private static void oneToken(
      Matrix w, int r, int rows, boolean more, float[] x, int xOffset, float[] sums) {
    int width = w.cols() & -CHAIN;
    long rowBytes = (long) w.cols() * Stored.BYTES;
    long w0 = r * rowBytes;
    long w1 = w0 + Math.min(1, rows - 1) * rowBytes;
    long w2 = w0 + Math.min(2, rows - 1) * rowBytes;
    long w3 = w0 + Math.min(3, rows - 1) * rowBytes;
    for (int p = 0; p < CHAIN; p += LENGTH) {
      long b = (long) p * Stored.BYTES;
      if (Stored.F16 || w.rows() < Tiles.ROWS) {
        // Four widenings of F16 in one loop exceed the compiler's limit of nodes.
        Tiles.twoByOne(w.data(), w0 + b, w1 + b, x, xOffset + p, width, sums, p);
        Tiles.twoByOne(w.data(), w2 + b, w3 + b, x, xOffset + p, width, sums, 2 * CHAIN + p);
      } else {
        long lastFour = (w.rows() - Tiles.ROWS) * rowBytes;
        long next = more && p == 0 ? w0 + Tiles.ROWS * rowBytes : Math.min(w0, lastFour);
        Tiles.fourByOne(
            w.data(), w0 + b, w1 + b, w2 + b, w3 + b, next, x, xOffset + p, width, sums, p);
      }
    }
  }

  private static void twoTokens(
      Matrix w, int r, int rows, float[] x, int x0, int x1, float[] sums) {
    int width = w.cols() & -CHAIN;
    long rowBytes = (long) w.cols() * Stored.BYTES;
    for (int p = 0; p < CHAIN; p += LENGTH) {
      long w0 = r * rowBytes + (long) p * Stored.BYTES;
      long w1 = w0 + Math.min(1, rows - 1) * rowBytes;
      long w2 = w0 + Math.min(2, rows - 1) * rowBytes;
      long w3 = w0 + Math.min(3, rows - 1) * rowBytes;
      Tiles.fourByTwo(w.data(), w0, w1, w2, w3, x, x0 + p, x1 + p, width, sums, p);
    }
  }

  private static void many(
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
      int to,
      Panel panel) {
    for (int begin = rowBegin; begin < rowEnd; begin += Panel.rows(w.cols())) {
      int end = Math.min(rowEnd, begin + Panel.rows(w.cols()));
      panel.fill(w, begin, end - begin);
      for (int i = from; i < to; i += Tiles.TOKENS) {
        int tokens = Math.min(Tiles.TOKENS, to - i);
        for (int r = begin; r < end; r += Tiles.ROWS) {
          int rows = Math.min(Tiles.ROWS, end - r);
          manyTokens(w, r - begin, x, xStride, xRows, i, tokens, panel);
          finish(w, r, rows, x, xStride, xRows, y, yStride, yOffset, yRows, i, tokens, panel.sums);
        }
      }
    }
  }

  // Tokens that are not there repeat the last one.
  private static void manyTokens(
      Matrix w, int row, float[] x, int xStride, int[] xRows, int i, int tokens, Panel panel) {
    int x0 = xRows[i] * xStride;
    int x1 = xRows[i + Math.min(1, tokens - 1)] * xStride;
    int x2 = xRows[i + Math.min(2, tokens - 1)] * xStride;
    int x3 = xRows[i + Math.min(3, tokens - 1)] * xStride;
    int width = w.cols() & -CHAIN;
    int at = row * width;
    for (int p = 0; p < CHAIN; p += LENGTH) {
      Tiles.fourByFour(
          panel.weights, at + p, x, x0 + p, x1 + p, x2 + p, x3 + p, width, panel.sums, p);
    }
  }

  // Ends the chains of some tokens and writes their outputs.
  private static void finish(
      Matrix w,
      int r,
      int rows,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int i,
      int tokens,
      float[] sums) {
    int width = w.cols() & -CHAIN;
    for (int t = 0; t < tokens && width < w.cols(); t++) {
      for (int row = 0; row < rows; row++) {
        int chain = (t * Tiles.ROWS + row) * CHAIN;
        tail(w, r + row, width, x, xRows[i + t] * xStride, sums, chain);
      }
    }
    Tiles.quads(sums, 0, tokens * Tiles.ROWS);
    for (int t = 0; t < tokens; t++) {
      int yAt = yRows[i + t] * yStride + yOffset + r;
      for (int row = 0; row < rows; row++) {
        int quad = (t * Tiles.ROWS + row) * CHAIN;
        y[yAt + row] = (sums[quad] + sums[quad + 2]) + (sums[quad + 1] + sums[quad + 3]);
      }
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
}
