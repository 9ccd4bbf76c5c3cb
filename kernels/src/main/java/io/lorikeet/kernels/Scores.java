package io.lorikeet.kernels;

/**
 * What attention makes of the product of a query and a key before the softmax: times {@code scale};
 * with a soft cap then {@code softCap * tanh(score / softCap)}; with slopes (ALiBi) then {@code
 * fma(slope, token - last token, score)}.
 *
 * @param softCap 0 for none
 * @param slopes one per query head of the call; empty for none
 */
public record Scores(float scale, float softCap, float[] slopes) {
  private static final float[] NO_SLOPES = {};

  /** Scores that are only scaled. */
  public static Scores scaled(float scale) {
    return new Scores(scale, 0f, NO_SLOPES);
  }
}
