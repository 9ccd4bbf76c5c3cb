package io.lorikeet.kernels;

/**
 * Elementary functions made of IEEE additions, multiplications, divisions and fused multiply-adds
 * only, in a fixed order: the same bits on every machine, interpreted or compiled. They are the
 * definition; vector faces repeat them operation by operation. Coefficients are minimax fits made
 * for these formulas.
 */
public final class ExactMath {
  public static final float LOG2_E = 0x1.715476p+0f;

  /** Upper part of ln 2: few enough bits that its product with an exponent is exact. */
  public static final float LN2_HIGH = 0x1.62e4p-1f;

  public static final float LN2_LOW = 0x1.7f7d1cp-20f;

  /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
  public static final float ROUND = 0x1.8p23f;

  /** Below it exp is 0, above {@link #EXP_MAX} infinite; both still pass through the formula. */
  public static final float EXP_MIN = -105f;

  public static final float EXP_MAX = 89f;

  /**
   * exp(r) = 1 + r + r^2 (E2 + E3 r + ... + E6 r^4), relative error 3.1e-9 for |r| <= ln(2) / 2.
   */
  public static final float E2 = 0x1.fffffcp-2f;

  public static final float E3 = 0x1.555492p-3f;
  public static final float E4 = 0x1.5558f2p-5f;
  public static final float E5 = 0x1.1239e2p-7f;
  public static final float E6 = 0x1.6a244ap-10f;

  public static final float SQRT_HALF = 0x1.6a09e6p-1f;

  /** ln(erfc(a) exp(a^2) / t) as a polynomial in t = 1 / (1 + a / 2); error 6.8e-8 for a <= 18. */
  public static final float C0 = -0x1.43f82p+0f;

  public static final float C1 = 0x1.ffebe2p-1f;
  public static final float C2 = 0x1.80cd6p-2f;
  public static final float C3 = 0x1.69631p-4f;
  public static final float C4 = -0x1.4908bap-3f;
  public static final float C5 = 0x1.d968ccp-3f;
  public static final float C6 = -0x1.1458c6p+0f;
  public static final float C7 = 0x1.72e84ep+0f;
  public static final float C8 = -0x1.9ce824p-1f;
  public static final float C9 = 0x1.588982p-3f;

  /** -2 sqrt(2 / pi) and its product with 0.044715, for the tanh form of GELU. */
  public static final float TANH_LINEAR = -0x1.988454p+0f;

  public static final float TANH_CUBIC = -0x1.2444f2p-4f;

  private static final double LN2_HIGH_DOUBLE = 0x1.62e42fefa38p-1;
  private static final double LN2_LOW_DOUBLE = 0x1.ef35793c7673p-45;
  private static final long SQRT_HALF_BITS = 0x3fe6a09e00000000L;

  private ExactMath() {}

  /** e^x; 0 below -105, infinite above 88.73, NaN for NaN. */
  public static float exp(float x) {
    float v = x < EXP_MIN ? EXP_MIN : x;
    v = v > EXP_MAX ? EXP_MAX : v;
    float shifted = Math.fma(v, LOG2_E, ROUND);
    int n = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUND);
    float whole = shifted - ROUND;
    float r = Math.fma(whole, -LN2_LOW, Math.fma(whole, -LN2_HIGH, v));
    float q = Math.fma(Math.fma(Math.fma(Math.fma(E6, r, E5), r, E4), r, E3), r, E2);
    float p = Math.fma(q, r * r, r) + 1f;
    // Two factors: 2^n itself may lie outside the normal range.
    int half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
  }

  /** Natural logarithm in F64, about 1 ulp; for sums and for Gumbel noise. */
  public static double log(double x) {
    if (!(x > 0) || x == Double.POSITIVE_INFINITY) {
      return x == 0 ? Double.NEGATIVE_INFINITY : x > 0 ? x : Double.NaN;
    }
    boolean subnormal = x < Double.MIN_NORMAL;
    long bits = Double.doubleToRawLongBits(subnormal ? x * 0x1p54 : x);
    // x = 2^k m with m in [sqrt(1/2), sqrt(2))
    long above = bits - SQRT_HALF_BITS;
    int k = (int) (above >> 52);
    double m = Double.longBitsToDouble(bits - ((long) k << 52));
    int exponent = subnormal ? k - 54 : k;
    // ln m = 2 artanh s = f - f^2/2 + s (f^2/2 + series), s = f / (2 + f)
    double f = m - 1;
    double s = f / (2 + f);
    double halfSquare = 0.5 * f * f;
    double low = s * (halfSquare + artanhSeries(s * s)) + exponent * LN2_LOW_DOUBLE;
    return exponent * LN2_HIGH_DOUBLE - ((halfSquare - low) - f);
  }

  // 2 (z/3 + z^2/5 + ... ), so that 2 artanh s = 2 s + s * series(s^2)
  private static double artanhSeries(double z) {
    double sum = 0;
    for (int k = 11; k >= 1; k--) {
      sum = z * (2.0 / (2 * k + 1) + sum);
    }
    return sum;
  }

  /** x / (1 + exp(-x)). */
  public static float silu(float x) {
    return x / (1f + exp(-x));
  }

  /** x Phi(x) with the complementary error function, so that negative x keeps its digits. */
  public static float gelu(float x) {
    float a = Math.abs(x) * SQRT_HALF;
    float t = 1f / Math.fma(a, 0.5f, 1f);
    float p = Math.fma(Math.fma(Math.fma(Math.fma(C9, t, C8), t, C7), t, C6), t, C5);
    p = Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(p, t, C4), t, C3), t, C2), t, C1), t, C0);
    float tail = 0.5f * t * exp(Math.fma(-a, a, p));
    return x * (x < 0f ? tail : 1f - tail);
  }

  /** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, as x / (1 + exp(-2 ...)). */
  public static float geluTanh(float x) {
    float u = x * Math.fma(x * x, TANH_CUBIC, TANH_LINEAR);
    return x / (1f + exp(u));
  }

  /** 1 - 2 / (exp(2 x) + 1); the error is absolute, about 1 ulp of 1. */
  public static float tanh(float x) {
    return 1f - 2f / (exp(2f * x) + 1f);
  }

  /** cap * tanh(x / cap). */
  public static float softCap(float cap, float x) {
    return cap * tanh(x / cap);
  }

  /** The activation by name. */
  public static float activation(Activation kind, float x) {
    return switch (kind) {
      case SILU -> silu(x);
      case GELU -> gelu(x);
      case GELU_TANH -> geluTanh(x);
    };
  }

  /** Sums 16 lanes at {@code offset} by the written-out binary tree: distances 8, 4, 2, 1. */
  public static float tree(float[] lanes, int offset) {
    float s0 = quad(lanes, offset);
    float s1 = quad(lanes, offset + 1);
    float s2 = quad(lanes, offset + 2);
    float s3 = quad(lanes, offset + 3);
    return (s0 + s2) + (s1 + s3);
  }

  // lanes i, i+8, i+4, i+12
  private static float quad(float[] lanes, int i) {
    return (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + 127) << 23);
  }
}
