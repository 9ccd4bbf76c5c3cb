package io.lorikeet.engine.sample;

/** The most likely tokens of a row, found in one pass with a short sorted list. */
final class TopTokens {
  private TopTokens() {}

  /**
   * Ids best first, ties by lowest id.
   *
   * @param n at most so many; no more than there are
   */
  static int[] of(float[] x, int offset, int vocab, int n) {
    int[] top = new int[Math.min(n, vocab)];
    if (top.length == 0) {
      return top;
    }
    int size = 0;
    float worst = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocab; id++) {
      float logit = x[offset + id];
      // An equal one has a larger id than those of the list.
      if (size == top.length && !(logit > worst)) {
        continue;
      }
      int place = size < top.length ? size++ : size - 1;
      while (place > 0 && logit > x[offset + top[place - 1]]) {
        top[place] = top[place - 1];
        place--;
      }
      top[place] = id;
      worst = x[offset + top[size - 1]];
    }
    return top;
  }
}
