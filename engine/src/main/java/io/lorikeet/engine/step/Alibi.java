package io.lorikeet.engine.step;

/**
 * Slopes of the linear biases on scores: with n heads, n a power of two, head i has 2^(-8 (i + 1) /
 * n); other counts take the slopes of the next smaller power and then every other one of twice
 * that. Source: transformers 5.23.0, build_alibi_tensor.
 */
public final class Alibi {
  private Alibi() {}

  /** The slope of one head. */
  public static float slope(int head, int heads) {
    int whole = Integer.highestOneBit(heads);
    return head < whole ? power(head + 1, whole) : power(2 * (head - whole) + 1, 2 * whole);
  }

  private static float power(int exponent, int heads) {
    return (float) StrictMath.pow(2, -8.0 * exponent / heads);
  }
}
