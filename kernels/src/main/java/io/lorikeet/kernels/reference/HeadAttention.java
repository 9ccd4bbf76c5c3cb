package io.lorikeet.kernels.reference;

import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.KvHead;
import java.lang.foreign.ValueLayout;

/** Attention of one query head in one row: partials over fixed ranges, merged ascending. */
final class HeadAttention {
  private final KvHead kv;
  private final int[] blocks;
  private final int blocksOffset;
  private final float[] q;
  private final int qOffset;
  private final float scale;

  private float max;
  private float sum;
  private final float[] values;

  HeadAttention(KvHead kv, int[] blocks, int blocksOffset, float[] q, int qOffset, float scale) {
    this.kv = kv;
    this.blocks = blocks;
    this.blocksOffset = blocksOffset;
    this.q = q;
    this.qOffset = qOffset;
    this.scale = scale;
    this.values = new float[kv.headDim()];
  }

  /** Attends positions 0..length-1 and writes {@code [headDim]} to {@code out}. */
  void write(int length, float[] out, int outOffset) {
    for (int begin = 0; begin < length; begin += KvHead.RANGE) {
      range(begin, Math.min(length, begin + KvHead.RANGE));
    }
    for (int d = 0; d < values.length; d++) {
      out[outOffset + d] = values[d] / sum;
    }
  }

  private void range(int begin, int end) {
    float[] p = new float[end - begin];
    float rangeMax = Float.NEGATIVE_INFINITY;
    for (int t = begin; t < end; t++) {
      p[t - begin] = score(t);
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
    if (begin == 0) {
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

  private float score(int token) {
    long key = kv.keys(block(token)) / Float.BYTES + token % KvHead.TOKENS;
    float dot = 0f;
    for (int d = 0; d < kv.headDim(); d++) {
      float k = kv.data().getAtIndex(ValueLayout.JAVA_FLOAT, key + (long) d * KvHead.TOKENS);
      dot = Math.fma(q[qOffset + d], k, dot);
    }
    return dot * scale;
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
