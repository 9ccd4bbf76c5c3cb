package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the definition says, worked out by hand: the scalar face cannot drift with the others. */
@ParameterizedClass(name = "{0}")
@MethodSource("faces")
final class KernelsGoldenTest {
  private static final float BIG = 0x1p24f;
  private static final int[] ROW_0 = {0};

  private final Kernels face;

  KernelsGoldenTest(String name) {
    face = name.equals("scalar") ? new ScalarKernels() : VectorKernels.of(bits(name));
  }

  private static int bits(String name) {
    return Integer.parseInt(name.substring(name.indexOf('-') + 1));
  }

  static Stream<String> faces() {
    return Stream.of("scalar", "vector-128", "vector-256", "vector-512");
  }

  private float dot(float[] w, float[] x) {
    float[] y = new float[1];
    face.matmul(Matrices.row(w), 0, 1, x, x.length, ROW_0, y, 1, 0, ROW_0, 0, 1);
    return y[0];
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1f);
    return ones;
  }

  @Test
  void faceTellsItsName() {
    assertTrue(faces().anyMatch(face.name()::equals));
  }

  @Test
  void lanesMeetInTheTree() {
    float[] w = new float[16];
    w[0] = BIG;
    w[4] = -BIG;
    w[8] = 1;
    w[12] = 1;

    // (2^24 + 1) + (-2^24 + 1): the first 1 is lost. In any order without loss it would be 2.
    assertEquals(1f, dot(w, ones(16)));
  }

  @Test
  void elementsOfALaneAddUpInAscendingOrder() {
    float[] w = new float[48];
    w[3] = BIG;
    w[19] = 1;
    w[35] = 1;

    assertEquals(BIG, dot(w, ones(48)));
  }

  @Test
  void productsAreNotRounded() {
    float a = 1 + 0x1p-12f;
    float[] w = new float[32];
    w[0] = -(1 + 0x1p-11f);
    w[16] = a;
    float[] x = ones(32);
    x[16] = a;

    // a * a = 1 + 2^-11 + 2^-24, whose last term needs 25 bits.
    assertEquals(0x1p-24f, dot(w, x));
  }

  @Test
  void columnsArePaddedWithZerosThatAreAddedToo() {
    float[] w = new float[17];
    w[1] = Float.MIN_VALUE;
    float[] x = new float[17];
    x[1] = -Float.MIN_VALUE;

    // Lane 1 underflows to -0; a padding step makes it +0, and so is the sum.
    assertEquals(0, Float.floatToRawIntBits(dot(w, x)));
  }

  private float bf16Dot(float[] w, float[] x) {
    Matrix matrix = new Matrix(Arena.ofAuto().allocate(2L * w.length), DType.BF16, 1, w.length);
    for (int k = 0; k < w.length; k++) {
      matrix.data().set(Widen.SHORT, 2L * k, (short) (Float.floatToRawIntBits(w[k]) >>> 16));
    }
    Bf16Rows rows = Bf16Rows.allocate(1, x.length);
    face.roundBf16(x, 0, x.length, rows, 0);
    float[] y = new float[1];
    face.matmulBf16(matrix, 0, 1, rows, ROW_0, y, 1, 0, ROW_0, 0, 1);
    return y[0];
  }

  @Test
  void activationsAreRoundedToTheNearestBf16() {
    float[] x = {1 + 0x1p-8f, 1 + 0x1.8p-7f, Float.MAX_VALUE, Float.NaN, -0f, 1 + 0x1.2p-8f};
    Bf16Rows rows = Bf16Rows.allocate(1, x.length);
    face.roundBf16(x, 0, x.length, rows, 0);

    float[] rounded = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      rounded[i] = Widen.bf16(rows.values()[i]);
    }
    float[] expected = {1, 1 + 0x1p-6f, Float.POSITIVE_INFINITY, Float.NaN, -0f, 1 + 0x1p-7f};
    assertArrayEquals(expected, rounded);
  }

  @Test
  void oddElementOfAPairIsAddedFirst() {
    float[] w = new float[34];
    w[0] = BIG;
    w[32] = -BIG;
    w[33] = 1;

    // (2^24 + 1) - 2^24: the 1 is lost; the even element first would leave 1.
    assertEquals(0f, bf16Dot(w, ones(34)));
  }

  @Test
  void pairsShareALane() {
    float[] w = new float[32];
    w[7] = BIG;
    w[6] = 1;
    w[8] = -BIG;

    // Lane 3 loses the 1 before it meets lane 4.
    assertEquals(0f, bf16Dot(w, ones(32)));
  }

  @Test
  void subnormalsAreZerosAmongBf16Products() {
    float[] subnormal = {0x1p-127f};
    assertEquals(0f, bf16Dot(subnormal, new float[] {0x1p100f}));
    assertEquals(0f, bf16Dot(new float[] {0x1p-64f}, new float[] {0x1p-63f}));
    assertEquals(0x1p-126f, bf16Dot(new float[] {0x1p-63f}, new float[] {0x1p-63f}));
  }

  @Test
  void sumIsSubnormalAsItIsRoundedWithExponentsWithoutEnd() {
    float[] w = {-0x1.8p-76f, 0x1p-63f};

    // 2^-126 - 0.75 * 2^-150 is rounded to 2^-126 - 2^-150, which is subnormal.
    assertEquals(0f, bf16Dot(w, new float[] {0x1p-75f, 0x1p-63f}));
    // Half as much less is rounded to 2^-126.
    assertEquals(0x1p-126f, bf16Dot(w, new float[] {0x1p-76f, 0x1p-63f}));
  }

  @Test
  void expandedUpdateIsRoundedOnceMore() {
    Matrix b = new Matrix(Arena.ofAuto().allocate(8), DType.F32, 1, 2);
    b.data().set(Widen.FLOAT, 0, BIG);
    b.data().set(Widen.FLOAT, 4, 1);
    float[] y = {3};

    float[] h = {1, 1};
    float[] weights = {0.5f};
    face.expand(PackedB.pack(b, Arena.ofAuto()), 0, 1, h, 2, 0, y, 1, 0, ROW_0, weights, 0, 1);

    // The chain gives 2^24, not 2^24 + 1; half of it plus 3 is exact.
    assertEquals(0x1p23f + 3, y[0]);
  }

  @Test
  void rmsNormDividesByTheRootOfTheMeanSquare() {
    float[] y = new float[2];
    face.rmsNorm(new float[] {3, 4}, 0, new float[] {1, 2}, 2, 0f, y, 0);

    float factor = 1f / (float) Math.sqrt(12.5f);
    assertEquals(3 * factor, y[0]);
    assertEquals(4 * factor * 2, y[1]);
  }

  @Test
  void ropeTurnsPairsThatAreHalfAHeadApart() {
    float[] x = {1, 2, 3, 4};
    face.rope(x, 0, 1, 4, 4, new float[] {0, 1}, new float[] {1, 0}, 0);

    assertEquals(-3f, x[0]);
    assertEquals(2f, x[1]);
    assertEquals(1f, x[2]);
    assertEquals(4f, x[3]);
  }

  @Test
  void ropeLeavesWhatLiesBeyondTheRotaryDimension() {
    float[] x = {1, 2, 3, 4, 5, 6, 7, 8};
    face.rope(x, 0, 2, 4, 2, new float[] {0}, new float[] {1}, 0);

    assertArrayEquals(new float[] {-2, 1, 3, 4, -6, 5, 7, 8}, x);
  }

  @Test
  void interleavedRopeTurnsNeighbours() {
    float[] x = {1, 2, 3, 4, 5, 6};
    face.ropeInterleaved(x, 0, 1, 6, 4, new float[] {0, 1}, new float[] {1, 0}, 0);

    assertArrayEquals(new float[] {-2, 1, 3, 4, 5, 6}, x);
  }

  @Test
  void layerNormCentresAndDividesByTheDeviation() {
    float[] y = new float[2];
    face.layerNorm(new float[] {1, 5}, 0, new float[] {3, 4}, new float[] {10, 20}, 2, 0f, y, 0);

    assertArrayEquals(new float[] {7, 24}, y);
  }

  @Test
  void softCapIsLinearNearZeroAndNeverExceedsTheCap() {
    float inf = Float.POSITIVE_INFINITY;
    float[] y = {0, 0.01f, 5, -5, 1000, -inf, inf};
    face.softCap(5, y, 0, y.length);

    float[] expected = {0, 0.01f, 5 * 0.7615942f, -5 * 0.7615942f, 5, -5, 5};
    assertArrayEquals(expected, y, 2e-6f);
  }

  @Test
  void scaledAdditionIsRoundedOnce() {
    float a = 1 + 0x1p-12f;
    float[] y = {-(1 + 0x1p-11f)};
    face.addScaled(a, new float[] {a}, 0, y, 0, 1);

    assertEquals(0x1p-24f, y[0]);
    face.scale(3, y, 0, 1);
    assertEquals(3 * 0x1p-24f, y[0]);
  }

  @Test
  void attentionIsASoftmaxOverAllRanges() {
    attention(0, Scores.scaled(0.5f));
  }

  @Test
  void windowLeavesOutEveryEarlierPosition() {
    for (int start : new int[] {1, 15, 16, 255, 256, 300, 512, 697, 699}) {
      attention(start, Scores.scaled(0.5f));
    }
  }

  @Test
  void scoresAreCappedAndLoweredWithTheDistance() {
    attention(0, new Scores(0.5f, 0.7f, new float[0]));
    attention(0, new Scores(0.5f, 0f, new float[] {0.01f}));
    attention(260, new Scores(0.5f, 0.7f, new float[] {0.01f}));
  }

  private void attention(int start, Scores scores) {
    int length = 700;
    int dim = 6;
    Operands r = new Operands(1, 100);
    KvHead kv = r.kvHead(44, dim);
    int[] blocks = r.rows(44, 44);
    float[] q = r.floats(dim);
    float[] out = new float[dim];
    face.attention(kv, blocks, 0, start, length, q, 0, 1, scores, out, 0);

    double sum = 0;
    double[] expected = new double[dim];
    for (int t = start; t < length; t++) {
      long keys = kv.keys(blocks[t / 16]) + t % 16 * 4L;
      long values = kv.values(blocks[t / 16]) + (long) t % 16 * dim * 4;
      double score = 0;
      for (int d = 0; d < dim; d++) {
        score += q[d] * kv.data().get(ValueLayout.JAVA_FLOAT, keys + d * 64L);
      }
      score *= scores.scale();
      if (scores.softCap() > 0) {
        score = scores.softCap() * Math.tanh(score / scores.softCap());
      }
      if (scores.slopes().length > 0) {
        score -= scores.slopes()[0] * (length - 1 - t);
      }
      double p = Math.exp(score);
      sum += p;
      for (int d = 0; d < dim; d++) {
        expected[d] += p * kv.data().get(ValueLayout.JAVA_FLOAT, values + d * 4L);
      }
    }
    for (int d = 0; d < dim; d++) {
      assertEquals(expected[d] / sum, out[d], 1e-6, "from " + start + ", " + scores);
    }
  }

  @Test
  void argmaxTakesTheLowestOfEqualsAndNeverNaN() {
    float inf = Float.POSITIVE_INFINITY;
    assertEquals(1, face.argmax(new float[] {Float.NaN, 0f, -0f, 0f}, 0, 4));
    assertEquals(0, face.argmax(new float[] {Float.NaN, -inf}, 0, 2));
    assertEquals(2, face.argmax(new float[] {9, 1, 2, inf, inf}, 1, 4));
    float[] row = new float[100];
    row[37] = 1;
    row[53] = 1;
    row[90] = 1;
    assertEquals(37, face.argmax(row, 0, 100));
  }

  @Test
  void logSumExpOfARowThatMustNotBeSampledIsNaN() {
    float inf = Float.POSITIVE_INFINITY;
    assertTrue(Float.isNaN(face.logSumExp(new float[] {-inf, -inf}, 0, 2)));
    assertTrue(Float.isNaN(face.logSumExp(new float[] {1, inf}, 0, 2)));
    assertTrue(Float.isNaN(face.logSumExp(new float[] {1, Float.NaN}, 0, 2)));
    assertEquals(1f, face.logSumExp(new float[] {-inf, 1}, 0, 2));
  }

  @Test
  void logSumExpIsExactToAFewRoundings() {
    float[] x = new Operands(2, 100).floats(5000);
    double sum = 0;
    for (float v : x) {
      sum += Math.exp(v);
    }
    assertEquals(Math.log(sum), face.logSumExp(x, 0, x.length), 2e-6);
  }
}
