package io.lorikeet.kernels;

/**
 * The operations of a decoder on one face. Every face gives the same bits, for any batch, any
 * partition among threads and any vector width, because each result is defined here down to the
 * order of its roundings.
 *
 * <p><b>Exact chain.</b> A dot product has 16 partial sums (lane = k mod 16) that start at +0; k
 * ascends, with one fused multiply-add per element; k is padded with zeros to a multiple of 16; the
 * lanes meet in the binary tree of {@link ExactMath#tree}. Nothing depends on the other rows.
 *
 * <p><b>NaN.</b> A result that is NaN is NaN on every face; sign and payload are not defined, save
 * where stored weights are only widened.
 *
 * <p><b>Buffers.</b> Activations are row-major {@code float[]} with a stride; a stride that is a
 * multiple of 16 floats but not a power of two is the fastest. No kernel reads or writes beyond the
 * widths it is given, so padding needs no care. Offsets and strides count floats. Inputs and
 * outputs do not overlap unless the method says so.
 *
 * <p><b>Threads.</b> Faces are thread-safe; callers see to it that concurrent calls write different
 * elements. Arguments are trusted: wrong sizes are programmer errors and end in an {@link
 * IndexOutOfBoundsException}, never in memory outside the segments.
 */
public interface Kernels {
  /**
   * "scalar", "vector-128", "vector-256", "vector-512", "native-avx2", "native-avx512",
   * "native-neon" or "native-neon-dot".
   */
  String name();

  /**
   * Linear layer over rows of a batch: for i in [from, to) and r in [rowBegin, rowEnd), {@code
   * y[yRows[i] * yStride + yOffset + r] = w[r] . x[xRows[i]]}, an exact chain each.
   *
   * @param w {@code [rows, cols]}
   * @param x {@code [.., xStride]}, the first {@code cols} of a row are read
   * @param y {@code [.., yStride]}
   */
  void matmul(
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
      int to);

  /**
   * Rounds a row of activations to 8-bit integers, in blocks of 32; the last one is filled up with
   * zeros, and so is the last unit of 64. With m the largest magnitude of a block: its integers are
   * {@code x * (127 / m)} rounded to the nearest, ties to even, its scale is {@code m / 127}. Where
   * m is below 2^-100, integers and scale are 0; where a value is NaN or infinite, the integers are
   * 0 and the scale is NaN.
   *
   * @param x {@code [width]} at {@code xOffset}
   * @param row of {@code to} that is written, whole
   */
  void quantize(float[] x, int xOffset, int width, Int8Rows to, int row);

  /**
   * Linear layer over quantised weights and activations: for i in [from, to) and r in [rowBegin,
   * rowEnd), {@code y[yRows[i] * yStride + yOffset + r]} is one chain from +0 over all blocks of
   * the padded row, ascending: {@code acc = fma((float) d, w's scale * x's scale, acc)}, d the
   * block's exact integer dot product.
   *
   * @param rowBegin a multiple of 16
   * @param rowEnd a multiple of 16, or {@code w.rows()}
   * @param x rows of {@code w.cols()} values
   */
  void matmulInt8(
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
      int to);

  /**
   * Linear layer over quantised weights and activations in F32: as {@link #matmul}, the weights
   * being their integers times their scales. That product is exact, and +0 where the integer is 0.
   *
   * @param rowBegin a multiple of 16
   * @param rowEnd a multiple of 16, or {@code w.rows()}
   */
  void matmulExact(
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
      int to);

  /**
   * Why nobody should use {@link #matmulBf16} of this face for its speed, in words for an operator;
   * empty where it runs on the CPU's BF16 instructions, and on the scalar face, which is slow
   * altogether.
   */
  String bf16Absence();

  /**
   * Rounds a row of activations to BF16: to the nearest, ties to even; NaN stays NaN. What is
   * beyond the width up to the stride is zeros.
   *
   * @param x {@code [width]} at {@code xOffset}
   * @param row of {@code to} that is written, whole
   */
  void roundBf16(float[] x, int xOffset, int width, Bf16Rows to, int row);

  /**
   * Linear layer over BF16 weights and activations: as {@link #matmul}, but with a chain of its
   * own. There are 16 partial sums (lane = k / 2 mod 16) that start at +0; k is padded with zeros
   * to a multiple of 32 and ascends in pairs, of which the odd element is added before the even
   * one: one fused multiply-add each, rounded to the nearest, ties to even, as if exponents had no
   * end. Subnormal operands count as zeros, and subnormal sums become zeros, both of their sign.
   * The lanes meet in the binary tree of {@link ExactMath#tree}. This is what {@code vdpbf16ps}
   * does.
   *
   * @param w {@code [rows, cols]}, BF16
   * @param x rows of {@code w.cols()} values
   */
  void matmulBf16(
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
      int to);

  /**
   * Quantises groups of 16 rows; different groups may be packed by different threads. With m the
   * value of the largest magnitude of a block, the first of equals: the scale is {@code |m| / 127}
   * for Q8 and {@code m / -8} for Q4, rounded to F16; an integer is {@code x * (1 / scale)} rounded
   * to the nearest, ties to even, and held to the format's range; all are 0 where the scale is 0.
   * What lies beyond the matrix is zeros.
   *
   * @param w {@code [rows, cols]}, finite
   * @param to every byte of the groups is written
   * @throws IllegalArgumentException for weights whose scale F16 does not hold
   */
  void pack(Matrix w, QuantizedMatrix to, int groupBegin, int groupEnd);

  /**
   * Second half of a low-rank update: for i in [from, to) and o in [outBegin, outEnd), {@code
   * y[yRows[i] * yStride + yOffset + o] += weights[i] * sum_r b[o][r] * h[i * hStride + hOffset +
   * r]}. The sum is one chain from +0, r ascending; the weighted addition is one more fused
   * multiply-add.
   *
   * @param outBegin a multiple of 16
   * @param outEnd a multiple of 16, or {@code b.out()}
   * @param h {@code [.., hStride]}, row i belongs to {@code yRows[i]}
   */
  void expand(
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
      int to);

  /**
   * {@code y = (x * (1 / sqrt(mean(x^2) + eps))) * weight}, the squares summed by the exact chain.
   * {@code y} may be {@code x} at the same offset.
   *
   * @param weight {@code [width]}
   */
  void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float eps, float[] y, int yOffset);

  /**
   * {@code y = fma((x - mean) * (1 / sqrt(variance + eps)), weight, bias)}: the mean is the sum
   * over 16 lanes (lane = index mod 16, ascending) and the tree, over the width; the variance is
   * the exact chain's sum of {@code (x - mean)^2} over the width. {@code y} may be {@code x} at the
   * same offset.
   *
   * @param weight {@code [width]}
   * @param bias {@code [width]}
   */
  void layerNorm(
      float[] x,
      int xOffset,
      float[] weight,
      float[] bias,
      int width,
      float eps,
      float[] y,
      int yOffset);

  /**
   * {@code out = activation(gate) * up}, element by element. {@code out} may be {@code gate} or
   * {@code up} at the same offset.
   */
  void gatedActivation(
      Activation kind,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int width);

  /**
   * Rotates the first {@code rotaryDim} elements of each head in place, half layout: element i
   * pairs with i + rotaryDim / 2. With (a, b) a pair: {@code a' = fma(-b, sin, a * cos)}, {@code b'
   * = fma(a, sin, b * cos)}.
   *
   * @param x {@code [heads, headDim]} at {@code offset}
   * @param rotaryDim even, at most headDim
   * @param cos {@code [rotaryDim / 2]} at {@code tableOffset}
   * @param sin likewise
   */
  void rope(
      float[] x,
      int offset,
      int heads,
      int headDim,
      int rotaryDim,
      float[] cos,
      float[] sin,
      int tableOffset);

  /** As {@link #rope}, but element 2i pairs with 2i + 1. */
  void ropeInterleaved(
      float[] x,
      int offset,
      int heads,
      int headDim,
      int rotaryDim,
      float[] cos,
      float[] sin,
      int tableOffset);

  /**
   * Writes one token's key and value of one KV head into its block.
   *
   * @param slot the token's place in the block, position mod 16
   * @param k {@code [headDim]} at {@code kOffset}
   * @param v {@code [headDim]} at {@code vOffset}
   */
  void writeKv(KvHead kv, int block, int slot, float[] k, int kOffset, float[] v, int vOffset);

  /**
   * Attention of one row over positions start..length-1, for the query heads that share one KV
   * head.
   *
   * <p>Score of a token: one chain over the head's dimensions from +0, ascending, then what {@link
   * Scores} says. Each range of 256 absolute positions gives a partial over those of its positions
   * that are attended: the largest score m, p = exp(score - m), the sum l of p over 16 lanes (lane
   * = position mod 16, blocks ascending) and the tree, and per dimension o = one chain of p * v
   * over the positions, ascending. Partials are merged in ascending order: with M the larger
   * maximum, a = exp(M_old - M), b = exp(m - M): {@code l' = fma(l, b, l_old * a)}, {@code o' =
   * fma(o, b, o_old * a)}. The result is o / l.
   *
   * @param blocks block table of the sequence, its first entry at {@code blocksOffset}
   * @param start first position that is attended: 0, or where a sliding window begins
   * @param length above {@code start}
   * @param q {@code [heads, headDim]} at {@code qOffset}
   * @param out {@code [heads, headDim]} at {@code outOffset}
   */
  void attention(
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
      int outOffset);

  /** {@code y += x}. Residuals and biases. */
  void add(float[] x, int xOffset, float[] y, int yOffset, int width);

  /** {@code y *= x}. Row scales such as DoRA's. */
  void multiply(float[] x, int xOffset, float[] y, int yOffset, int width);

  /** {@code y *= factor}. Multipliers of embeddings and logits. */
  void scale(float factor, float[] y, int yOffset, int width);

  /** {@code y = fma(factor, x, y)}. Scaled residuals, weighted experts. */
  void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int width);

  /** {@code y = cap * tanh(y / cap)}, tanh of {@link ExactMath}. Soft caps of logits. */
  void softCap(float cap, float[] y, int yOffset, int width);

  /** Copies row {@code row} of {@code table}, widened, to {@code y [cols]} at {@code yOffset}. */
  void widenRow(Matrix table, int row, float[] y, int yOffset);

  /**
   * Index (from {@code offset}) of the largest of {@code width} values, the lowest one on ties. NaN
   * is smaller than everything; 0 where nothing is above negative infinity.
   */
  int argmax(float[] x, int offset, int width);

  /**
   * {@code ln(sum(exp(x)))}: with m the maximum, chunks of 1024 values are summed as exp(x - m)
   * over 16 lanes (lane = index mod 16) and the tree, the chunks' sums ascending; the result is m +
   * (float) {@link ExactMath#log}. NaN if any value is NaN or +infinity, or all are -infinity: a
   * row that must not be sampled.
   */
  float logSumExp(float[] x, int offset, int width);

  /**
   * The largest value of each block of {@code block} values, the last one shorter: {@code y
   * [ceil(width / block)]} from 0 on. NaN where a value of the block is NaN.
   */
  void maxima(float[] x, int offset, int width, int block, float[] y);

  /** {@code y = exp(x)} of {@link ExactMath}. */
  void exp(float[] x, int xOffset, float[] y, int yOffset, int width);

  /**
   * The ids of {@code [4 * begin, 4 * end)} whose random word is at least {@code least}, both
   * unsigned, in any order: word {@code id & 3} of the {@link Philox} block with the counter {@code
   * (id >> 2, 0, position low, position high)} and the key {@code (seed low, seed high)}.
   *
   * @param ids room for all of them
   * @return how many
   */
  int largeWords(long seed, long position, int begin, int end, int least, int[] ids);
}
