package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What packed weights are worth, and which are refused. */
final class QuantizedMatrixTest {
  private static final int ROWS = 37;
  private static final int COLS = 150;

  private static QuantizedMatrix packed(Kernels face, Matrix w, BlockFormat format) {
    QuantizedMatrix to = QuantizedMatrix.allocate(format, w.rows(), w.cols(), Arena.ofAuto());
    face.pack(w, to, 0, QuantizedMatrix.groups(w.rows()));
    return to;
  }

  @ParameterizedTest
  @EnumSource
  void packedWeightIsOffByHalfAStepAtMost(BlockFormat format) {
    Matrix w = new Operands(0, 1).matrix(DType.F32, ROWS, COLS);
    for (Kernels face : Faces.ALL) {
      QuantizedMatrix packed = packed(face, w, format);
      for (int r = 0; r < ROWS; r++) {
        for (int k = 0; k < COLS; k++) {
          float scale = packed.scale(r, k);
          float stored = Widen.element(DType.F32, w.data(), (long) r * COLS + k);
          float error = Math.abs(packed.integer(r, k) * scale - stored);
          // A Q4 block has one step less on the side away from its largest value.
          float most = Math.abs(scale) * (format == BlockFormat.Q4 ? 1.01f : 0.51f);
          assertTrue(error <= most, face.name() + ": " + r + ", " + k + ": " + stored);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void firstOfEqualMagnitudesDecidesTheSign(BlockFormat format) {
    float[] negativeFirst = new float[32];
    negativeFirst[20] = -4f;
    negativeFirst[3] = -4f;
    negativeFirst[7] = 4f;
    for (Kernels face : Faces.ALL) {
      QuantizedMatrix packed = packed(face, Matrices.row(negativeFirst), format);
      assertEquals(-4f, packed.integer(0, 3) * packed.scale(0, 3), 0.01f, face.name());
      assertEquals(format == BlockFormat.Q4 ? 7 : 127, packed.integer(0, 7), face.name());
    }
  }

  @ParameterizedTest
  @EnumSource
  void weightsWhoseScaleIsTooLargeAreRefused(BlockFormat format) {
    int steps = format == BlockFormat.Q8 ? 127 : 8;
    Matrix largest = Matrices.row(1f, -65504f * steps);
    Matrix tooLarge = Matrices.row(1f, 65520f * steps);
    for (Kernels face : Faces.ALL) {
      assertEquals(steps, Math.abs(packed(face, largest, format).integer(0, 1)), face.name());
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> packed(face, tooLarge, format), face::name)
              .getMessage();
      assertTrue(String.valueOf(message).contains("row 0 must have a magnitude"), message);
    }
  }

  @ParameterizedTest
  @EnumSource
  void exactProductIsThatOfTheWidenedWeights(BlockFormat format) {
    Operands operands = new Operands(0, 1);
    QuantizedMatrix packed = packed(Faces.SCALAR, operands.matrix(DType.BF16, ROWS, COLS), format);
    Matrix widened = new Matrix(Arena.ofAuto().allocate(4L * ROWS * COLS), DType.F32, ROWS, COLS);
    for (int i = 0; i < ROWS * COLS; i++) {
      float weight = packed.integer(i / COLS, i % COLS) * packed.scale(i / COLS, i % COLS);
      widened.data().set(Widen.FLOAT, 4L * i, weight);
    }
    int tokens = 9;
    float[] x = operands.floats(tokens * COLS);
    int[] rows = IntStream.range(0, tokens).toArray();
    float[] expected = new float[tokens * ROWS];
    Faces.SCALAR.matmul(widened, 0, ROWS, x, COLS, rows, expected, ROWS, 0, rows, 0, tokens);

    for (Kernels face : Faces.ALL) {
      float[] actual = new float[tokens * ROWS];
      face.matmulExact(packed, 0, ROWS, x, COLS, rows, actual, ROWS, 0, rows, 0, tokens);
      assertArrayEquals(expected, actual, face.name());
    }
  }

  @ParameterizedTest
  @EnumSource
  void otherShapesAreNeverPacked(BlockFormat format) {
    Matrix w = new Operands(0, 1).matrix(DType.F32, 20, 64);
    QuantizedMatrix smaller = QuantizedMatrix.allocate(format, 16, 64, Arena.ofAuto());
    for (Kernels face : Faces.ALL) {
      assertThrows(IndexOutOfBoundsException.class, () -> face.pack(w, smaller, 0, 2), face::name);
    }
  }
}
