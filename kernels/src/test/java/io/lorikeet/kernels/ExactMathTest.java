package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The elementary functions against F64, and their bits at a few places. */
final class ExactMathTest {
  /** Steps of a sweep are this many floats. */
  private static final int STRIDE = 997;

  private interface FloatFunction {
    float apply(float x);
  }

  /**
   * Largest relative error of normal results over every {@value #STRIDE}th float of [low, high] of
   * both signs.
   */
  private static double worst(
      FloatFunction function, DoubleUnaryOperator exact, float low, float high) {
    double worst = 0;
    for (int bits = 0; bits < 0x7f800000; bits += STRIDE) {
      for (float x : new float[] {Float.intBitsToFloat(bits), -Float.intBitsToFloat(bits)}) {
        if (x >= low && x <= high) {
          double expected = exact.applyAsDouble(x);
          double error = Math.abs(function.apply(x) - expected) / Math.abs(expected);
          worst = Math.max(worst, Math.abs(expected) < Float.MIN_NORMAL ? 0 : error);
        }
      }
    }
    return worst;
  }

  @Test
  void expIsWithinOneAndAHalfUlp() {
    double worst = worst(ExactMath::exp, StrictMath::exp, -87, 88.7f);
    assertTrue(worst < 9e-8, "" + worst);
  }

  @Test
  void expKeepsItsEnds() {
    assertEquals(1f, ExactMath.exp(0f));
    assertEquals(1f, ExactMath.exp(-0f));
    assertEquals(0f, ExactMath.exp(-105f));
    assertEquals(0f, ExactMath.exp(Float.NEGATIVE_INFINITY));
    assertEquals(Float.MIN_VALUE, ExactMath.exp(-103f));
    assertEquals(Float.POSITIVE_INFINITY, ExactMath.exp(88.73f));
    assertEquals(Float.POSITIVE_INFINITY, ExactMath.exp(Float.POSITIVE_INFINITY));
    assertTrue(Float.isNaN(ExactMath.exp(Float.NaN)));
  }

  @Test
  void logIsWithinTwoUlp() {
    double worst = 0;
    for (double x = Double.MIN_NORMAL; x < 0x1p1020; x *= 1.37) {
      worst = Math.max(worst, Math.abs(ExactMath.log(x) / StrictMath.log(x) - 1));
    }
    for (double x = 0.5; x < 2; x += 0x1p-14) {
      double expected = StrictMath.log(x);
      worst = Math.max(worst, expected == 0 ? 0 : Math.abs(ExactMath.log(x) / expected - 1));
    }
    assertTrue(worst < 5e-16, "" + worst);
  }

  @Test
  void logKeepsItsEnds() {
    assertEquals(0d, ExactMath.log(1));
    assertEquals(Double.NEGATIVE_INFINITY, ExactMath.log(0));
    assertEquals(Double.POSITIVE_INFINITY, ExactMath.log(Double.POSITIVE_INFINITY));
    assertTrue(Double.isNaN(ExactMath.log(-1)));
    assertTrue(Double.isNaN(ExactMath.log(Double.NaN)));
    assertEquals(StrictMath.log(0x1p-1074), ExactMath.log(0x1p-1074));
    assertEquals(StrictMath.log(Double.MAX_VALUE), ExactMath.log(Double.MAX_VALUE));
  }

  @Test
  void siluIsWithinThreeUlp() {
    double worst = worst(ExactMath::silu, x -> x / (1 + StrictMath.exp(-x)), -80, 1e30f);
    assertTrue(worst < 3e-7, "" + worst);
  }

  @Test
  void geluKeepsTheDigitsOfItsTail() {
    double middle = worst(ExactMath::gelu, x -> x * phi(x), -1, 1e30f);
    assertTrue(middle < 6e-7, "" + middle);
    // The exponent of the tail, -x^2 / 2, has an F32's relative error: that is absolute in exp.
    double tail = worst(ExactMath::gelu, x -> x * phi(x), -12, -1);
    assertTrue(tail < 2e-5, "" + tail);
  }

  @Test
  void geluTanhIsWithinItsExponentsRounding() {
    double worst =
        worst(
            ExactMath::geluTanh,
            x ->
                x
                    / (1
                        + StrictMath.exp(
                            -2 * StrictMath.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
            -9,
            1e10f);
    assertTrue(worst < 1e-5, "" + worst);
  }

  // The normal distribution: a series near 0, else a continued fraction for the tail.
  private static double phi(double x) {
    double density = StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * Math.PI);
    double a = Math.abs(x);
    if (a < 3) {
      double term = a;
      double sum = a;
      for (int k = 1; k < 100; k++) {
        term *= a * a / (2 * k + 1);
        sum += term;
      }
      return 0.5 + Math.copySign(sum * density, x);
    }
    double fraction = a;
    for (int k = 200; k >= 1; k--) {
      fraction = a + k / fraction;
    }
    double tail = density / fraction;
    return x < 0 ? tail : 1 - tail;
  }

  @Test
  void treeMeetsAtDistancesEightFourTwoOne() {
    float[] lanes = new float[18];
    for (int lane = 0; lane < 16; lane++) {
      lanes[2 + lane] = lane % 2 == 0 ? 0x1p24f : 1;
    }
    // Even lanes: eight times 2^24. Odd ones meet first: eight, whole.
    assertEquals(0x1p27f + 8, ExactMath.tree(lanes, 2) + 0f);
    lanes[2] = 0;
    lanes[10] = -0x1p24f;
    assertEquals(0x1p24f * 5 + 8, ExactMath.tree(lanes, 2));
  }
}
