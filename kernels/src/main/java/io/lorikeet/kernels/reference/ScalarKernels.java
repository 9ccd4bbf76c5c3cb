package io.lorikeet.kernels.reference;

import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Bf16Rows;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.Philox;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Scores;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The reference face: plain loops. It allocates and is slow; nothing else is promised but bits. */
public final class ScalarKernels implements Kernels {
  private static final int LANES = 16;
  private static final int CHUNK = 1024;

  @Override
  public String name() {
    return "scalar";
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
    float[] row = new float[w.cols()];
    for (int r = rowBegin; r < rowEnd; r++) {
      widenRow(w, r, row, 0);
      for (int i = from; i < to; i++) {
        y[yRows[i] * yStride + yOffset + r] = dot(row, 0, x, xRows[i] * xStride, row.length);
      }
    }
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
    int[] integers = new int[x.blocks() * BlockFormat.BLOCK];
    for (int r = rowBegin; r < rowEnd; r++) {
      for (int k = 0; k < integers.length; k++) {
        integers[k] = w.integer(r, k);
      }
      for (int i = from; i < to; i++) {
        y[yRows[i] * yStride + yOffset + r] = dot(w, r, integers, x, xRows[i]);
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
    float[] row = new float[w.cols()];
    for (int r = rowBegin; r < rowEnd; r++) {
      for (int k = 0; k < row.length; k++) {
        row[k] = w.integer(r, k) * w.scale(r, k) + 0f; // -0 becomes +0
      }
      for (int i = from; i < to; i++) {
        y[yRows[i] * yStride + yOffset + r] = dot(row, 0, x, xRows[i] * xStride, row.length);
      }
    }
  }

  @Override
  public String bf16Absence() {
    return "";
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
    to.pack(w, groupBegin, groupEnd);
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
    for (int o = outBegin; o < outEnd; o++) {
      long column = (long) (o / PackedB.TILE) * b.rank() * PackedB.TILE + o % PackedB.TILE;
      for (int i = from; i < to; i++) {
        float sum = 0f;
        for (int r = 0; r < b.rank(); r++) {
          float element = Widen.element(b.dtype(), b.data(), column + (long) r * PackedB.TILE);
          sum = Math.fma(element, h[i * hStride + hOffset + r], sum);
        }
        int at = yRows[i] * yStride + yOffset + o;
        y[at] = Math.fma(weights[i], sum, y[at]);
      }
    }
  }

  @Override
  public void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float eps, float[] y, int yOffset) {
    float mean = dot(x, xOffset, x, xOffset, width) / width;
    float factor = 1f / (float) Math.sqrt(mean + eps);
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = x[xOffset + i] * factor * weight[i];
    }
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
    float[] lanes = new float[LANES];
    for (int i = 0; i < width; i++) {
      lanes[i % LANES] += x[xOffset + i];
    }
    float mean = ExactMath.tree(lanes, 0) / width;
    float[] deviations = new float[width];
    for (int i = 0; i < width; i++) {
      deviations[i] = x[xOffset + i] - mean;
    }
    float variance = dot(deviations, 0, deviations, 0, width) / width;
    float factor = 1f / (float) Math.sqrt(variance + eps);
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = Math.fma(deviations[i] * factor, weight[i], bias[i]);
    }
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
    for (int i = 0; i < width; i++) {
      out[outOffset + i] = ExactMath.activation(kind, gate[gateOffset + i]) * up[upOffset + i];
    }
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
    int half = rotaryDim / 2;
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < half; i++) {
        int first = offset + h * headDim + i;
        rotate(x, first, first + half, cos[tableOffset + i], sin[tableOffset + i]);
      }
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
      for (int i = 0; i < rotaryDim / 2; i++) {
        int first = offset + h * headDim + 2 * i;
        rotate(x, first, first + 1, cos[tableOffset + i], sin[tableOffset + i]);
      }
    }
  }

  private static void rotate(float[] x, int first, int second, float cos, float sin) {
    float a = x[first];
    float b = x[second];
    x[first] = Math.fma(-b, sin, a * cos);
    x[second] = Math.fma(a, sin, b * cos);
  }

  @Override
  public void writeKv(
      KvHead kv, int block, int slot, float[] k, int kOffset, float[] v, int vOffset) {
    long key = kv.keys(block) / Float.BYTES + slot;
    long value = kv.values(block) / Float.BYTES + (long) slot * kv.headDim();
    for (int d = 0; d < kv.headDim(); d++) {
      kv.data().setAtIndex(ValueLayout.JAVA_FLOAT, key + (long) d * KvHead.TOKENS, k[kOffset + d]);
      kv.data().setAtIndex(ValueLayout.JAVA_FLOAT, value + d, v[vOffset + d]);
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
    for (int h = 0; h < heads; h++) {
      int head = h * kv.headDim();
      new HeadAttention(kv, blocks, blocksOffset, q, qOffset + head, scores, h)
          .write(start, length, out, outOffset + head);
    }
  }

  @Override
  public void add(float[] x, int xOffset, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  @Override
  public void multiply(float[] x, int xOffset, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] *= x[xOffset + i];
    }
  }

  @Override
  public void scale(float factor, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] *= factor;
    }
  }

  @Override
  public void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = Math.fma(factor, x[xOffset + i], y[yOffset + i]);
    }
  }

  @Override
  public void softCap(float cap, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = ExactMath.softCap(cap, y[yOffset + i]);
    }
  }

  @Override
  public void widenRow(Matrix table, int row, float[] y, int yOffset) {
    long first = (long) row * table.cols();
    for (int k = 0; k < table.cols(); k++) {
      y[yOffset + k] = Widen.element(table.dtype(), table.data(), first + k);
    }
  }

  @Override
  public int argmax(float[] x, int offset, int width) {
    int best = 0;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      if (x[offset + i] > most) {
        most = x[offset + i];
        best = i;
      }
    }
    return best;
  }

  @Override
  public void maxima(float[] x, int offset, int width, int block, float[] y) {
    for (int begin = 0; begin < width; begin += block) {
      float most = Float.NEGATIVE_INFINITY;
      for (int i = begin; i < Math.min(width, begin + block); i++) {
        most = Math.max(most, x[offset + i]);
      }
      y[begin / block] = most;
    }
  }

  @Override
  public void exp(float[] x, int xOffset, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = ExactMath.exp(x[xOffset + i]);
    }
  }

  @Override
  public int largeWords(long seed, long position, int begin, int end, int least, int[] ids) {
    Philox philox = new Philox();
    int count = 0;
    for (int block = begin; block < end; block++) {
      philox.block(
          block, 0, (int) position, (int) (position >>> 32), (int) seed, (int) (seed >>> 32));
      for (int lane = 0; lane < 4; lane++) {
        if (Integer.compareUnsigned(philox.word(lane), least) >= 0) {
          ids[count++] = 4 * block + lane;
        }
      }
    }
    return count;
  }

  @Override
  public float logSumExp(float[] x, int offset, int width) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      max = Math.max(max, x[offset + i]);
    }
    float total = 0f;
    float[] lanes = new float[LANES];
    for (int begin = 0; begin < width; begin += CHUNK) {
      Arrays.fill(lanes, 0f);
      for (int i = begin; i < Math.min(width, begin + CHUNK); i++) {
        lanes[i % LANES] += ExactMath.exp(x[offset + i] - max);
      }
      total += ExactMath.tree(lanes, 0);
    }
    return max + (float) ExactMath.log(total);
  }

  private static float dot(QuantizedMatrix w, int row, int[] integers, Int8Rows x, int xRow) {
    float sum = 0f;
    for (int b = 0; b < x.blocks(); b++) {
      int first = b * BlockFormat.BLOCK;
      int dot = 0;
      for (int k = first; k < first + BlockFormat.BLOCK; k++) {
        dot += integers[k] * x.values()[xRow * x.stride() + k];
      }
      sum = Math.fma((float) dot, w.scale(row, first) * x.scales()[xRow * x.blocks() + b], sum);
    }
    return sum;
  }

  // The exact chain.
  private static float dot(float[] a, int aOffset, float[] b, int bOffset, int width) {
    float[] lanes = new float[LANES];
    int k = 0;
    for (; k + LANES <= width; k += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = Math.fma(a[aOffset + k + lane], b[bOffset + k + lane], lanes[lane]);
      }
    }
    if (k < width) {
      for (int lane = 0; lane < LANES; lane++) {
        boolean inside = k + lane < width;
        float left = inside ? a[aOffset + k + lane] : 0f;
        float right = inside ? b[bOffset + k + lane] : 0f;
        lanes[lane] = Math.fma(left, right, lanes[lane]);
      }
    }
    return ExactMath.tree(lanes, 0);
  }
}
