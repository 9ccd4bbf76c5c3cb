package io.lorikeet.engine.adapter.merge;

/**
 * Merges matrices of one shape entry by entry, in F64 and in the order given, rounded once. Source:
 * peft 0.21.0, merge_utils.
 */
final class ElementMerge {
  private ElementMerge() {}

  /**
   * The weighted sum.
   *
   * @param parts pruned matrices
   * @param weights one for each part
   */
  static float[] sum(float[][] parts, double[] weights) {
    float[] merged = new float[parts[0].length];
    for (int i = 0; i < merged.length; i++) {
      double sum = 0;
      for (int p = 0; p < parts.length; p++) {
        sum += weights[p] * parts[p][i];
      }
      merged[i] = (float) sum;
    }
    return merged;
  }

  /**
   * The weighted average of those entries that have the majority's sign. The election does not look
   * at the weights; an even vote is positive.
   */
  static float[] elected(float[][] parts, double[] weights, MajoritySign method) {
    float[] merged = new float[parts[0].length];
    for (int i = 0; i < merged.length; i++) {
      double vote = 0;
      for (float[] part : parts) {
        vote += method == MajoritySign.TOTAL ? part[i] : Math.signum(part[i]);
      }
      float sign = vote >= 0 ? 1 : -1;
      double sum = 0;
      int count = 0;
      for (int p = 0; p < parts.length; p++) {
        if (Math.signum(parts[p][i]) == sign) {
          sum += weights[p] * parts[p][i];
          count++;
        }
      }
      merged[i] = (float) (sum / Math.max(1, count));
    }
    return merged;
  }
}
