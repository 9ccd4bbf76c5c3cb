package io.lorikeet.kernels.reference;

import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Scores;
import java.lang.foreign.ValueLayout;

/** Attention of one query head in one row: partials over fixed ranges, merged ascending. */
final class HeadAttention {
  private final KvHead kv;
  private final int[] blocks;
  private final int blocksOffset;
  private final float[] q;
  private final int qOffset;
  private final Scores scores;
  private final int head;

  private float max;
  private float sum;
  private final float[] values;

  HeadAttention(
      KvHead kv, int[] blocks, int blocksOffset, float[] q, int qOffset, Scores scores, int head) {
    this.kv = kv;
    this.blocks = blocks;
    this.blocksOffset = blocksOffset;
    this.q = q;
    this.qOffset = qOffset;
    this.scores = scores;
    this.head = head;
    this.values = new float[kv.headDim()];
  }

  /** Attends positions start..length-1 and writes {@code [headDim]} to {@code out}. */
  void write(int start, int length, float[] out, int outOffset) {
    int last = length - 1;
    for (int begin = start; begin < length; begin = end(begin, length)) {
      range(begin == start, begin, end(begin, length), last);
    }
    for (int d = 0; d < values.length; d++) {
      out[outOffset + d] = values[d] / sum;
    }
  }

  private static int end(int begin, int length) {
    return Math.min(length, (begin / KvHead.RANGE + 1) * KvHead.RANGE);
  }

  private void range(boolean first, int begin, int end, int last) {
    float[] p = new float[end - begin];
    float rangeMax = Float.NEGATIVE_INFINITY;
    for (int t = begin; t < end; t++) {
      p[t - begin] = score(t, last);
      rangeMax = Math.max(rangeMax, p[t - begin]);
    }
    float[] lanes = new float[KvHead.TOKENS];
    for (int t = begin; t < end; t++) {
      p[t - begin] = ExactMath.exp(p[t - begin] - rangeMax);
      lanes[t % KvHead.TOKENS] += p[t - begin];
    }
    float rangeSum = ExactMath.tree(lanes, 0);
    float[] rangeValues = new float[values.length];
    for (int t = begin; t < end; t++) {
      for (int d = 0; d < values.length; d++) {
        rangeValues[d] = Math.fma(p[t - begin], value(t, d), rangeValues[d]);
      }
    }
    if (first) {
      max = rangeMax;
      sum = rangeSum;
      System.arraycopy(rangeValues, 0, values, 0, values.length);
    } else {
      merge(rangeMax, rangeSum, rangeValues);
    }
  }

  private void merge(float rangeMax, float rangeSum, float[] rangeValues) {
    float larger = Math.max(max, rangeMax);
    float old = ExactMath.exp(max - larger);
    float fresh = ExactMath.exp(rangeMax - larger);
    max = larger;
    sum = Math.fma(rangeSum, fresh, sum * old);
    for (int d = 0; d < values.length; d++) {
      values[d] = Math.fma(rangeValues[d], fresh, values[d] * old);
    }
  }

  private float score(int token, int last) {
    long key = kv.keys(block(token)) / Float.BYTES + token % KvHead.TOKENS;
    float dot = 0f;
    for (int d = 0; d < kv.headDim(); d++) {
      float k = kv.data().getAtIndex(ValueLayout.JAVA_FLOAT, key + (long) d * KvHead.TOKENS);
      dot = Math.fma(q[qOffset + d], k, dot);
    }
    float score = dot * scores.scale();
    if (scores.softCap() != 0) {
      score = ExactMath.softCap(scores.softCap(), score);
    }
    return scores.slopes().length == 0
        ? score
        : Math.fma(scores.slopes()[head], token - last, score);
  }

  private float value(int token, int d) {
    long row =
        kv.values(block(token)) / Float.BYTES + (long) (token % KvHead.TOKENS) * kv.headDim();
    return kv.data().getAtIndex(ValueLayout.JAVA_FLOAT, row + d);
  }

  private int block(int token) {
    return blocks[blocksOffset + token / KvHead.TOKENS];
  }
}
