package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.KvHead;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of attention: four query heads share the loads of keys and values; each keeps its
 * own chain. Fewer than four repeat the last one and drop the result.
 */
final class AttentionTiles {
  private static final int RANGE = KvHead.RANGE;
  private static final int TOKENS = KvHead.TOKENS;

  private AttentionTiles() {}

  /** Scores of a block's 16 tokens, written to {@code scores[head * 256 + t ..]}. */
  static void scores(
      MemorySegment data,
      long keys,
      int dim,
      float[] q,
      int qOffset,
      int heads,
      float scale,
      float[] scores,
      int t) {
    for (int part = 0; part < CHAIN; part += LENGTH) {
      scores(
          data,
          keys + (long) part * Float.BYTES,
          dim,
          q,
          qOffset,
          qOffset + Math.min(1, heads - 1) * dim,
          qOffset + Math.min(2, heads - 1) * dim,
          qOffset + Math.min(3, heads - 1) * dim,
          scale,
          scores,
          t + part);
    }
  }

  private static void scores(
      MemorySegment data,
      long keys,
      int dim,
      float[] q,
      int q0,
      int q1,
      int q2,
      int q3,
      float scale,
      float[] scores,
      int at) {
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int d = 0; d < dim; d++) {
      FloatVector k = Lanes.load(data, keys + (long) d * TOKENS * Float.BYTES);
      s0 = k.fma(Lanes.broadcast(q[q0 + d]), s0);
      s1 = k.fma(Lanes.broadcast(q[q1 + d]), s1);
      s2 = k.fma(Lanes.broadcast(q[q2 + d]), s2);
      s3 = k.fma(Lanes.broadcast(q[q3 + d]), s3);
    }
    s0.mul(scale).intoArray(scores, at);
    s1.mul(scale).intoArray(scores, RANGE + at);
    s2.mul(scale).intoArray(scores, 2 * RANGE + at);
    s3.mul(scale).intoArray(scores, 3 * RANGE + at);
  }

  /**
   * Weighted values of a range, {@code values[head][d] = sum_t p[head][t] * v[t][d]}, t in [from,
   * tokens).
   *
   * @param first index of the range's first block in {@code blocks}
   * @param p {@code [4][256]}
   */
  static void values(
      KvHead kv,
      int[] blocks,
      int first,
      int from,
      int tokens,
      float[] p,
      int heads,
      float[] values) {
    int dim = kv.headDim();
    int whole = dim & -LENGTH;
    for (int d = 0; d < whole; d += LENGTH) {
      valuesPart(kv, blocks, first, from, tokens, p, d, values);
    }
    for (int h = 0; h < heads; h++) {
      for (int d = whole; d < dim; d++) {
        values[h * dim + d] = value(kv, blocks, first, from, tokens, p, h * RANGE, d);
      }
    }
  }

  // Heads that are not there read stale exponentials; nobody reads what comes of them.
  private static void valuesPart(
      KvHead kv, int[] blocks, int first, int from, int tokens, float[] p, int d, float[] values) {
    MemorySegment data = kv.data();
    int dim = kv.headDim();
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int begin = from & -TOKENS; begin < tokens; begin += TOKENS) {
      long block = kv.values(blocks[first + begin / TOKENS]) + (long) d * Float.BYTES;
      int count = Math.min(TOKENS, tokens - begin);
      for (int t = Math.max(0, from - begin); t < count; t++) {
        FloatVector v = Lanes.load(data, block + (long) t * dim * Float.BYTES);
        s0 = v.fma(Lanes.broadcast(p[begin + t]), s0);
        s1 = v.fma(Lanes.broadcast(p[RANGE + begin + t]), s1);
        s2 = v.fma(Lanes.broadcast(p[2 * RANGE + begin + t]), s2);
        s3 = v.fma(Lanes.broadcast(p[3 * RANGE + begin + t]), s3);
      }
    }
    s0.intoArray(values, d);
    s1.intoArray(values, dim + d);
    s2.intoArray(values, 2 * dim + d);
    s3.intoArray(values, 3 * dim + d);
  }

  // One dimension of those that fill no vector.
  private static float value(
      KvHead kv, int[] blocks, int first, int from, int tokens, float[] p, int pOffset, int d) {
    float sum = 0f;
    for (int t = from; t < tokens; t++) {
      long row = kv.values(blocks[first + t / TOKENS]);
      long at = row + ((long) (t % TOKENS) * kv.headDim() + d) * Float.BYTES;
      sum = Math.fma(p[pOffset + t], kv.data().get(ValueLayout.JAVA_FLOAT, at), sum);
    }
    return sum;
  }
}
