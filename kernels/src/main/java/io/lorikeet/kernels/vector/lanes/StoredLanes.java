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
  /** Tokens from which on unpacking a group for all is worth it. */
  private static final int INTEGER_PANEL_TOKENS_MIN = 6;

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
    Matmul.run(
        w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, from, to, panels.get());
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
    Panel panel = panels.get();
    if (to - from < INTEGER_PANEL_TOKENS_MIN) {
      for (int r = rowBegin; r < rowEnd; r += CHAIN) {
        int rows = Math.min(CHAIN, rowEnd - r);
        for (int i = from; i < to; i++) {
          for (int p = 0; p < CHAIN; p += LENGTH) {
            IntegerTiles.one(w, w.unit(r / CHAIN, 0), x, xRows[i], panel.sums, p);
          }
          System.arraycopy(panel.sums, 0, y, yRows[i] * yStride + yOffset + r, rows);
        }
      }
      return;
    }
    int part = IntegerPanel.tokens(x);
    for (int first = from; first < to; first += part) {
      int last = Math.min(to, first + part);
      panel.integers.take(x, xRows, first, last);
      for (int r = rowBegin; r < rowEnd; r += CHAIN) {
        int rows = Math.min(CHAIN, rowEnd - r);
        panel.integers.fill(w, r / CHAIN);
        for (int i = first; i < last; i += IntegerTiles.TOKENS) {
          int tokens = Math.min(IntegerTiles.TOKENS, last - i);
          panel.integers.sums(x, xRows, i, i - first, tokens, panel.sums);
          for (int t = 0; t < tokens; t++) {
            int at = yRows[i + t] * yStride + yOffset + r;
            System.arraycopy(panel.sums, t * CHAIN, y, at, rows);
          }
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
