package io.lorikeet.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Every operation of {@link Kernels}, ready to be called with random operands. */
enum Operation {
  MATMUL {
    @Override
    Prepared prepare(Operands r) {
      return matmul(r, r.between(1, 11), r.between(1, 9));
    }
  },
  MATMUL_OF_ONE_TOKEN {
    @Override
    Prepared prepare(Operands r) {
      return matmul(r, r.between(1, 33), 1);
    }
  },
  QUANTIZE {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] x = r.floats(offset + width);
      if (r.between(0, 3) == 0) {
        x[offset + r.between(0, width - 1)] *= 0x1p-110f;
      }
      Int8Rows to = Int8Rows.allocate(3, width);
      return new Prepared(face -> face.quantize(x, offset, width, to, 1), () -> floats(to));
    }
  },
  MATMUL_Q8 {
    @Override
    Prepared prepare(Operands r) {
      return matmulInt8(r, BlockFormat.Q8);
    }
  },
  MATMUL_Q4 {
    @Override
    Prepared prepare(Operands r) {
      return matmulInt8(r, BlockFormat.Q4);
    }
  },
  MATMUL_EXACT_Q8 {
    @Override
    Prepared prepare(Operands r) {
      return matmulExact(r, BlockFormat.Q8);
    }
  },
  MATMUL_EXACT_Q4 {
    @Override
    Prepared prepare(Operands r) {
      return matmulExact(r, BlockFormat.Q4);
    }
  },
  ROUND_BF16 {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] x = r.floats(offset + width);
      Bf16Rows to = Bf16Rows.allocate(3, width);
      Arrays.fill(to.values(), (short) 0x5a5a);
      return new Prepared(
          face -> face.roundBf16(x, offset, width, to, 1),
          () -> {
            float[] bits = new float[to.values().length];
            for (int i = 0; i < bits.length; i++) {
              bits[i] = to.values()[i];
            }
            return bits;
          });
    }
  },
  MATMUL_BF16 {
    @Override
    Prepared prepare(Operands r) {
      return matmulBf16(r, r.between(1, 11), r.between(1, 9));
    }
  },
  MATMUL_BF16_OF_ONE_TOKEN {
    @Override
    Prepared prepare(Operands r) {
      return matmulBf16(r, r.between(1, 33), 1);
    }
  },
  PACK_Q8 {
    @Override
    Prepared prepare(Operands r) {
      return pack(r, BlockFormat.Q8);
    }
  },
  PACK_Q4 {
    @Override
    Prepared prepare(Operands r) {
      return pack(r, BlockFormat.Q4);
    }
  },
  EXPAND {
    @Override
    Prepared prepare(Operands r) {
      int out = r.size(1);
      Matrix b = r.matrix(r.dtype(), out, r.between(1, 20));
      PackedB packed = PackedB.pack(b, Arena.ofAuto());
      int tokens = r.between(1, 7);
      int outBegin = PackedB.TILE * r.between(0, (out - 1) / PackedB.TILE);
      int outEnd = r.between(0, 1) == 0 ? out : Math.min(out, outBegin + PackedB.TILE);
      int hStride = b.cols() + r.between(0, 5);
      int hOffset = r.between(0, hStride - b.cols());
      float[] h = r.floats(tokens * hStride);
      int yOffset = r.between(0, 5);
      int yStride = yOffset + out + r.between(0, 5);
      int[] yRows = r.rows(tokens, tokens + 2);
      float[] y = r.floats((tokens + 2) * yStride);
      float[] weights = r.floats(tokens);
      int from = r.between(0, tokens - 1);
      return new Prepared(
          face ->
              face.expand(
                  packed, outBegin, outEnd, h, hStride, hOffset, y, yStride, yOffset, yRows,
                  weights, from, tokens),
          () -> y);
    }
  },
  RMS_NORM {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int xOffset = r.between(0, 5);
      int yOffset = r.between(0, 5);
      float[] x = r.floats(xOffset + width);
      float[] weight = r.floats(width);
      float[] y = r.floats(yOffset + width + 5);
      return new Prepared(
          face -> face.rmsNorm(x, xOffset, weight, width, 1e-5f, y, yOffset), () -> y);
    }
  },
  RMS_NORM_IN_PLACE {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] weight = r.floats(width);
      float[] y = r.floats(offset + width + 5);
      return new Prepared(
          face -> face.rmsNorm(y, offset, weight, width, 1e-6f, y, offset), () -> y);
    }
  },
  SILU {
    @Override
    Prepared prepare(Operands r) {
      return gated(r, Activation.SILU);
    }
  },
  GELU {
    @Override
    Prepared prepare(Operands r) {
      return gated(r, Activation.GELU);
    }
  },
  GELU_TANH {
    @Override
    Prepared prepare(Operands r) {
      return gated(r, Activation.GELU_TANH);
    }
  },
  LAYER_NORM {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int xOffset = r.between(0, 5);
      int yOffset = r.between(0, 5);
      float[] x = r.floats(xOffset + width);
      float[] weight = r.floats(width);
      float[] bias = r.floats(width);
      float[] y = r.floats(yOffset + width + 5);
      return new Prepared(
          face -> face.layerNorm(x, xOffset, weight, bias, width, 1e-5f, y, yOffset), () -> y);
    }
  },
  LAYER_NORM_IN_PLACE {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] weight = r.floats(width);
      float[] bias = r.floats(width);
      float[] y = r.floats(offset + width + 5);
      return new Prepared(
          face -> face.layerNorm(y, offset, weight, bias, width, 1e-6f, y, offset), () -> y);
    }
  },
  ROPE {
    @Override
    Prepared prepare(Operands r) {
      return rope(r, Kernels::rope);
    }
  },
  ROPE_INTERLEAVED {
    @Override
    Prepared prepare(Operands r) {
      return rope(r, Kernels::ropeInterleaved);
    }
  },
  WRITE_KV {
    @Override
    Prepared prepare(Operands r) {
      int headDim = headDim(r);
      KvHead kv = r.kvHead(3, headDim);
      int block = r.between(0, 2);
      int slot = r.between(0, KvHead.TOKENS - 1);
      int offset = r.between(0, 5);
      float[] k = r.floats(offset + headDim);
      float[] v = r.floats(offset + headDim);
      return new Prepared(
          face -> face.writeKv(kv, block, slot, k, offset, v, offset),
          () -> kv.data().toArray(ValueLayout.JAVA_FLOAT));
    }
  },
  ATTENTION_OVER_FEW_TOKENS {
    @Override
    Prepared prepare(Operands r) {
      return attention(r, r.between(1, 40));
    }
  },
  ATTENTION_OVER_SEVERAL_RANGES {
    @Override
    Prepared prepare(Operands r) {
      return attention(r, KvHead.RANGE * r.between(1, 2) + r.between(0, 40));
    }
  },
  ATTENTION_IN_A_WINDOW {
    @Override
    Prepared prepare(Operands r) {
      int length = KvHead.RANGE * r.between(0, 2) + r.between(1, 40);
      return attention(r, r.between(0, length - 1), length, Scores.scaled(0.3f));
    }
  },
  ATTENTION_WITH_CAP {
    @Override
    Prepared prepare(Operands r) {
      int length = KvHead.RANGE * r.between(0, 1) + r.between(1, 40);
      return attention(r, 0, length, new Scores(0.3f, 5f, new float[0]));
    }
  },
  ATTENTION_WITH_SLOPES {
    @Override
    Prepared prepare(Operands r) {
      int length = KvHead.RANGE * r.between(0, 1) + r.between(1, 40);
      return attention(r, r.between(0, length - 1), length, new Scores(0.3f, 0f, r.floats(9)));
    }
  },
  ADD {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] x = r.floats(offset + width);
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.add(x, offset, y, 3, width), () -> y);
    }
  },
  MULTIPLY {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float[] x = r.floats(offset + width);
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.multiply(x, offset, y, 3, width), () -> y);
    }
  },
  SCALE {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      float factor = r.floats(1)[0];
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.scale(factor, y, 3, width), () -> y);
    }
  },
  ADD_SCALED {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      float factor = r.floats(1)[0];
      float[] x = r.floats(offset + width);
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.addScaled(factor, x, offset, y, 3, width), () -> y);
    }
  },
  SOFT_CAP {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.softCap(3f, y, 3, width), () -> y);
    }
  },
  WIDEN_ROW {
    @Override
    Prepared prepare(Operands r) {
      Matrix table = r.matrix(r.dtype(), 3, r.size(1));
      int row = r.between(0, 2);
      int offset = r.between(0, 5);
      float[] y = r.floats(offset + table.cols() + 5);
      return new Prepared(face -> face.widenRow(table, row, y, offset), () -> y);
    }
  },
  ARGMAX {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      // Few different values, so that there are ties.
      float[] x = r.floats(offset + width);
      for (int i = 0; i < x.length; i++) {
        x[i] = Math.abs(x[i]) < 3 ? (float) Math.rint(x[i]) : x[i];
      }
      float[] result = new float[1];
      return new Prepared(face -> result[0] = face.argmax(x, offset, width), () -> result);
    }
  },
  MAXIMA {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      int offset = r.between(0, 5);
      int block = r.between(1, 40);
      float[] x = r.floats(offset + width);
      float[] y = new float[width];
      return new Prepared(face -> face.maxima(x, offset, width, block, y), () -> y);
    }
  },
  EXP {
    @Override
    Prepared prepare(Operands r) {
      int width = r.size(1);
      float[] x = r.floats(width + 3);
      float[] y = r.floats(width + 9);
      return new Prepared(face -> face.exp(x, 3, y, 5, width), () -> y);
    }
  },
  LARGE_WORDS {
    @Override
    Prepared prepare(Operands r) {
      int begin = r.between(0, 1 << 20);
      int end = begin + r.size(1);
      long seed = (long) r.between(0, Integer.MAX_VALUE - 1) << r.between(0, 33);
      long position = (long) r.between(0, 1 << 20) << r.between(0, 20);
      int least = -1 << (Integer.SIZE - r.between(1, 8));
      int[] ids = new int[4 * (end - begin)];
      int[] count = new int[1];
      return new Prepared(
          face -> count[0] = face.largeWords(seed, position, begin, end, least, ids),
          () -> sorted(ids, count[0]));
    }

    private float[] sorted(int[] ids, int count) {
      int[] known = Arrays.copyOf(ids, count);
      Arrays.sort(known);
      float[] floats = new float[count];
      for (int i = 0; i < count; i++) {
        floats[i] = Float.intBitsToFloat(known[i]);
      }
      return floats;
    }
  },
  LOG_SUM_EXP {
    @Override
    Prepared prepare(Operands r) {
      int width = r.scaled(r.between(1, 3000));
      int offset = r.between(0, 5);
      float[] x = r.floats(offset + width);
      float[] result = new float[1];
      return new Prepared(face -> result[0] = face.logSumExp(x, offset, width), () -> result);
    }
  };

  private static final int[] HEAD_DIMS = {2, 6, 10, 16, 24, 32, 64, 80, 96};

  /** The call, and everything that it may have written, with what lies around it. */
  record Prepared(Consumer<Kernels> call, Supplier<float[]> written) {}

  abstract Prepared prepare(Operands r);

  /** What {@code face} makes of the operands of {@code seed}. */
  float[] run(Kernels face, long seed, int sizeMax) {
    Prepared prepared = prepare(new Operands(seed, sizeMax));
    prepared.call().accept(face);
    return prepared.written().get();
  }

  private static int headDim(Operands r) {
    return HEAD_DIMS[r.between(0, HEAD_DIMS.length - 1)];
  }

  private static Prepared matmul(Operands r, int rows, int tokens) {
    int cols = r.size(1);
    Matrix w = r.matrix(r.dtype(), rows, cols);
    int rowBegin = r.between(0, rows - 1);
    int rowEnd = r.between(rowBegin + 1, rows);
    int xStride = cols + r.between(0, 5);
    int[] xRows = r.rows(tokens, tokens + 2);
    float[] x = r.floats((tokens + 2) * xStride);
    int yOffset = r.between(0, 5);
    int yStride = yOffset + rows + r.between(0, 5);
    int[] yRows = r.rows(tokens, tokens + 2);
    float[] y = r.floats((tokens + 2) * yStride);
    int from = r.between(0, tokens - 1);
    int to = r.between(from + 1, tokens);
    return new Prepared(
        face ->
            face.matmul(
                w, rowBegin, rowEnd, x, xStride, xRows, y, yStride, yOffset, yRows, from, to),
        () -> y);
  }

  private static Prepared matmulInt8(Operands r, BlockFormat format) {
    int cols = r.size(1);
    int rows = r.between(1, 70);
    QuantizedMatrix w = QuantizedMatrix.allocate(format, rows, cols, Arena.ofAuto());
    w.pack(r.finiteMatrix(r.dtype(), rows, cols), 0, QuantizedMatrix.groups(rows));
    int groupBegin = r.between(0, (rows - 1) / 16);
    int rowEnd = Math.min(rows, 16 * r.between(groupBegin + 1, QuantizedMatrix.groups(rows)));
    int tokens = r.between(1, 13);
    Int8Rows x = Int8Rows.allocate(tokens + 2, cols);
    float[] values = r.floats((tokens + 2) * cols);
    for (int i = 0; i < tokens + 2; i++) {
      x.quantize(values, i * cols, cols, i);
    }
    int[] xRows = r.rows(tokens, tokens + 2);
    int yOffset = r.between(0, 5);
    int yStride = yOffset + rows + r.between(0, 5);
    int[] yRows = r.rows(tokens, tokens + 2);
    float[] y = r.floats((tokens + 2) * yStride);
    int from = r.between(0, tokens - 1);
    int to = r.between(from + 1, tokens);
    return new Prepared(
        face ->
            face.matmulInt8(
                w, 16 * groupBegin, rowEnd, x, xRows, y, yStride, yOffset, yRows, from, to),
        () -> y);
  }

  private static Prepared matmulBf16(Operands r, int rows, int tokens) {
    int cols = r.size(1);
    Matrix w = r.matrix(DType.BF16, rows, cols);
    int rowBegin = r.between(0, rows - 1);
    int rowEnd = r.between(rowBegin + 1, rows);
    Bf16Rows x = Bf16Rows.allocate(tokens + 2, cols);
    float[] values = r.floats((tokens + 2) * cols);
    for (int i = 0; i < tokens + 2; i++) {
      x.round(values, i * cols, cols, i);
    }
    int[] xRows = r.rows(tokens, tokens + 2);
    int yOffset = r.between(0, 5);
    int yStride = yOffset + rows + r.between(0, 5);
    int[] yRows = r.rows(tokens, tokens + 2);
    float[] y = r.floats((tokens + 2) * yStride);
    int from = r.between(0, tokens - 1);
    int to = r.between(from + 1, tokens);
    return new Prepared(
        face ->
            face.matmulBf16(w, rowBegin, rowEnd, x, xRows, y, yStride, yOffset, yRows, from, to),
        () -> y);
  }

  private static Prepared matmulExact(Operands r, BlockFormat format) {
    int cols = r.size(1);
    int rows = r.between(1, 70);
    QuantizedMatrix w = QuantizedMatrix.allocate(format, rows, cols, Arena.ofAuto());
    w.pack(r.finiteMatrix(r.dtype(), rows, cols), 0, QuantizedMatrix.groups(rows));
    int groupBegin = r.between(0, (rows - 1) / 16);
    int rowEnd = Math.min(rows, 16 * r.between(groupBegin + 1, QuantizedMatrix.groups(rows)));
    int tokens = r.between(1, 13);
    int xStride = cols + r.between(0, 5);
    float[] x = r.floats((tokens + 2) * xStride);
    int[] xRows = r.rows(tokens, tokens + 2);
    int yOffset = r.between(0, 5);
    int yStride = yOffset + rows + r.between(0, 5);
    int[] yRows = r.rows(tokens, tokens + 2);
    float[] y = r.floats((tokens + 2) * yStride);
    int from = r.between(0, tokens - 1);
    int to = r.between(from + 1, tokens);
    return new Prepared(
        face ->
            face.matmulExact(
                w,
                16 * groupBegin,
                rowEnd,
                x,
                xStride,
                xRows,
                y,
                yStride,
                yOffset,
                yRows,
                from,
                to),
        () -> y);
  }

  // What lies there before is overwritten, but for other groups.
  private static Prepared pack(Operands r, BlockFormat format) {
    int cols = r.size(1);
    int rows = r.between(1, 70);
    Matrix w = r.finiteMatrix(r.dtype(), rows, cols);
    QuantizedMatrix to = QuantizedMatrix.allocate(format, rows, cols, Arena.ofAuto());
    to.data().fill((byte) 0x5a);
    int groupBegin = r.between(0, (rows - 1) / 16);
    int groupEnd = r.between(groupBegin + 1, QuantizedMatrix.groups(rows));
    return new Prepared(
        face -> face.pack(w, to, groupBegin, groupEnd),
        () -> {
          float[] bytes = new float[Math.toIntExact(to.data().byteSize())];
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = to.data().get(ValueLayout.JAVA_BYTE, i);
          }
          return bytes;
        });
  }

  private static float[] floats(Int8Rows rows) {
    float[] all = Arrays.copyOf(rows.scales(), rows.scales().length * 2 + rows.values().length);
    int next = rows.scales().length;
    for (int sum : rows.sums()) {
      all[next++] = sum;
    }
    for (byte value : rows.values()) {
      all[next++] = value;
    }
    return all;
  }

  private static Prepared gated(Operands r, Activation kind) {
    int width = r.size(1);
    float[] gate = r.floats(width + 2);
    float[] up = r.floats(width + 3);
    boolean inPlace = r.between(0, 1) == 0;
    float[] out = inPlace ? gate : r.floats(width + 9);
    int outOffset = inPlace ? 2 : 4;
    return new Prepared(
        face -> face.gatedActivation(kind, gate, 2, up, 3, out, outOffset, width), () -> out);
  }

  /** {@link Kernels#rope} or its sister. */
  private interface Rotation {
    void apply(
        Kernels face,
        float[] x,
        int offset,
        int heads,
        int headDim,
        int rotaryDim,
        float[] cos,
        float[] sin,
        int tableOffset);
  }

  private static Prepared rope(Operands r, Rotation rotation) {
    int headDim = headDim(r);
    int rotaryDim = r.between(0, 1) == 0 ? headDim : 2 * r.between(1, headDim / 2);
    int heads = r.between(1, 4);
    int offset = r.between(0, 5);
    int tableOffset = r.between(0, 5);
    float[] x = r.floats(offset + heads * headDim + 5);
    float[] cos = r.floats(tableOffset + rotaryDim / 2);
    float[] sin = r.floats(tableOffset + rotaryDim / 2);
    return new Prepared(
        face -> rotation.apply(face, x, offset, heads, headDim, rotaryDim, cos, sin, tableOffset),
        () -> x);
  }

  private static Prepared attention(Operands r, int length) {
    return attention(r, 0, length, Scores.scaled(0.3f));
  }

  private static Prepared attention(Operands r, int start, int length, Scores scores) {
    int headDim = headDim(r);
    int heads = r.between(1, 9);
    int blocks = (length + KvHead.TOKENS - 1) / KvHead.TOKENS;
    KvHead kv = r.kvHead(blocks + 1, headDim);
    int blocksOffset = r.between(0, 3);
    int[] table = new int[blocksOffset + blocks];
    System.arraycopy(r.rows(blocks, blocks + 1), 0, table, blocksOffset, blocks);
    float[] q = r.floats(2 + heads * headDim);
    float[] out = r.floats(3 + heads * headDim + 5);
    return new Prepared(
        face -> face.attention(kv, table, blocksOffset, start, length, q, 2, heads, scores, out, 3),
        () -> out);
  }
}
