package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Scores;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Attention of up to four query heads of one row that share a KV head, range after range. */
final class Attention {
  private static final int RANGE = KvHead.RANGE;
  private static final int TOKENS = KvHead.TOKENS;

  private Attention() {}

  /**
   * @param head first of the heads in {@link Scores#slopes}
   */
  static void heads(
      KvHead kv,
      int[] blocks,
      int blocksOffset,
      int start,
      int length,
      float[] q,
      int qOffset,
      int head,
      int heads,
      Scores scores,
      float[] out,
      int outOffset,
      Scratch s) {
    int dim = kv.headDim();
    float[] values = s.values(dim);
    int firstRange = start & -RANGE;
    for (int begin = firstRange; begin < length; begin += RANGE) {
      int from = Math.max(0, start - begin);
      int tokens = Math.min(RANGE, length - begin);
      int first = blocksOffset + begin / TOKENS;
      for (int t = from & -TOKENS; t < tokens; t += TOKENS) {
        long keys = kv.keys(blocks[first + t / TOKENS]);
        AttentionTiles.scores(kv.data(), keys, dim, q, qOffset, heads, scores.scale(), s.scores, t);
      }
      for (int h = 0; h < heads; h++) {
        change(scores, head + h, begin - (length - 1), s.scores, h * RANGE, tokens);
        softmax(begin == firstRange, h, from, tokens, s);
      }
      AttentionTiles.values(kv, blocks, first, from, tokens, s.scores, heads, values);
      for (int h = 0; h < heads; h++) {
        int to = outOffset + h * dim;
        if (begin == firstRange) {
          System.arraycopy(values, h * dim, out, to, dim);
        } else {
          merge(s.fresh[h], s.old[h], values, h * dim, out, to, dim);
        }
      }
    }
    for (int h = 0; h < heads; h++) {
      divide(out, outOffset + h * dim, s.sum[h], dim);
    }
  }

  // Scores before `from` are changed too; nobody reads them.
  private static void change(
      Scores kind, int head, int distance, float[] scores, int at, int tokens) {
    if (kind.softCap() != 0) {
      Elementwise.softCap(kind.softCap(), scores, at, tokens);
    }
    if (kind.slopes().length > 0) {
      Elementwise.slope(kind.slopes()[head], distance, scores, at, tokens);
    }
  }

  // Turns a head's scores into exp(score - max) and merges its maximum and sum.
  private static void softmax(boolean first, int head, int from, int tokens, Scratch s) {
    int at = head * RANGE;
    int begin = at + (from & -CHAIN);
    float max =
        Reductions.max(Float.NEGATIVE_INFINITY, s.scores, at + from, tokens - from, s.lanes);
    int padded = (tokens + CHAIN - 1) & -CHAIN;
    Arrays.fill(s.scores, begin, at + from, Float.NEGATIVE_INFINITY);
    Arrays.fill(s.scores, at + tokens, at + padded, Float.NEGATIVE_INFINITY);
    for (int part = 0; part < CHAIN; part += LENGTH) {
      exponentials(max, s.scores, begin + part, at + padded - begin, s.lanes, part);
    }
    float sum = Lanes.tree(s.lanes, 0);
    if (first) {
      s.max[head] = max;
      s.sum[head] = sum;
      return;
    }
    float larger = Math.max(s.max[head], max);
    s.old[head] = ExactMath.exp(s.max[head] - larger);
    s.fresh[head] = ExactMath.exp(max - larger);
    s.max[head] = larger;
    s.sum[head] = Math.fma(sum, s.fresh[head], s.sum[head] * s.old[head]);
  }

  private static void exponentials(
      float max, float[] scores, int offset, int width, float[] lanes, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int t = 0; t < width; t += CHAIN) {
      FloatVector p = Elementary.exp(Lanes.load(scores, offset + t).sub(max));
      p.intoArray(scores, offset + t);
      sum = sum.add(p);
    }
    sum.intoArray(lanes, part);
  }

  private static void merge(
      float fresh, float old, float[] values, int offset, float[] out, int outOffset, int dim) {
    int d = 0;
    for (; d <= dim - LENGTH; d += LENGTH) {
      FloatVector before = Lanes.load(out, outOffset + d).mul(old);
      FloatVector v = Lanes.load(values, offset + d);
      v.fma(Lanes.broadcast(fresh), before).intoArray(out, outOffset + d);
    }
    for (; d < dim; d++) {
      out[outOffset + d] = Math.fma(values[offset + d], fresh, out[outOffset + d] * old);
    }
  }

  private static void divide(float[] out, int offset, float sum, int dim) {
    int d = 0;
    for (; d <= dim - LENGTH; d += LENGTH) {
      Lanes.load(out, offset + d).div(sum).intoArray(out, offset + d);
    }
    for (; d < dim; d++) {
      out[offset + d] /= sum;
    }
  }
}
