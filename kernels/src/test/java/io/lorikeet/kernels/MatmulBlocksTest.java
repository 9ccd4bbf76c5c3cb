package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products too large for a core's caches are cut into blocks, which no bit shows. */
@ParameterizedClass(name = "{0}")
@MethodSource("faces")
final class MatmulBlocksTest {
  private final Kernels face;

  MatmulBlocksTest(Kernels face) {
    this.face = face;
  }

  static Stream<Named<Kernels>> faces() {
    return Stream.concat(Stream.of(VectorKernels.preferred()), Faces.NATIVE.stream())
        .map(face -> Named.of(face.name(), face));
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 23, 9001, 20",
    "F16, 41, 5633, 50",
    "BF16, 41, 5648, 50",
    "BF16, 90, 1024, 130",
    "BF16, 5, 40, 600"
  })
  void everyBlockGivesTheBitsOfTheScalarFace(DType dtype, int rows, int cols, int tokens) {
    Operands r = new Operands(1, 1);
    Matrix w = r.matrix(dtype, rows, cols);
    float[] x = r.floats((tokens + 2) * cols);
    int[] xRows = r.rows(tokens, tokens + 2);
    int[] yRows = r.rows(tokens, tokens + 2);

    float[] expected = new float[(tokens + 2) * rows];
    Faces.SCALAR.matmul(w, 1, rows, x, cols, xRows, expected, rows, 0, yRows, 1, tokens);
    float[] actual = new float[expected.length];
    face.matmul(w, 1, rows, x, cols, xRows, actual, rows, 0, yRows, 1, tokens);

    assertArrayEquals(bits(expected), bits(actual));
  }

  @ParameterizedTest
  @CsvSource({"23, 9001, 20", "41, 5633, 50", "90, 1024, 130", "5, 40, 600"})
  void everyBlockOfRoundedActivationsGivesTheBitsOfTheScalarFace(int rows, int cols, int tokens) {
    Operands r = new Operands(1, 1);
    Matrix w = r.matrix(DType.BF16, rows, cols);
    float[] values = r.floats((tokens + 2) * cols);
    Bf16Rows x = Bf16Rows.allocate(tokens + 2, cols);
    for (int i = 0; i < tokens + 2; i++) {
      x.round(values, i * cols, cols, i);
    }
    int[] xRows = r.rows(tokens, tokens + 2);
    int[] yRows = r.rows(tokens, tokens + 2);

    float[] expected = new float[(tokens + 2) * rows];
    Faces.SCALAR.matmulBf16(w, 1, rows, x, xRows, expected, rows, 0, yRows, 1, tokens);
    float[] actual = new float[expected.length];
    face.matmulBf16(w, 1, rows, x, xRows, actual, rows, 0, yRows, 1, tokens);

    assertArrayEquals(bits(expected), bits(actual));
  }

  @ParameterizedTest
  @CsvSource({"Q8, 23, 9001, 30", "Q4, 41, 5633, 50", "Q8, 90, 1024, 130", "Q4, 5, 40, 600"})
  void everyBlockOfIntegersGivesTheBitsOfTheScalarFace(
      BlockFormat format, int rows, int cols, int tokens) {
    Operands r = new Operands(1, 1);
    Matrix stored = r.finiteMatrix(DType.BF16, rows, cols);
    float[] values = r.floats((tokens + 2) * cols);
    assertBitsOfIntegers(stored, format, values, tokens, r);
  }

  @ParameterizedTest
  @CsvSource({"Q8, 1", "Q8, -1", "Q4, 1", "Q4, -1"})
  void theLargestSumsOfABlockAreExact(BlockFormat format, float activation) {
    Operands r = new Operands(1, 1);
    float[] ones = new float[48 * 256];
    Arrays.fill(ones, 1f);
    MemorySegment data = Arena.ofAuto().allocate(ones.length * 4L, 64);
    MemorySegment.copy(ones, 0, data, ValueLayout.JAVA_FLOAT, 0, ones.length);
    float[] values = new float[12 * 256];
    Arrays.fill(values, activation);
    assertBitsOfIntegers(new Matrix(data, DType.F32, 48, 256), format, values, 10, r);
  }

  private void assertBitsOfIntegers(
      Matrix stored, BlockFormat format, float[] values, int tokens, Operands r) {
    int rows = stored.rows();
    QuantizedMatrix w = QuantizedMatrix.allocate(format, rows, stored.cols(), Arena.ofAuto());
    w.pack(stored, 0, QuantizedMatrix.groups(rows));
    Int8Rows x = Int8Rows.allocate(tokens + 2, stored.cols());
    for (int i = 0; i < tokens + 2; i++) {
      x.quantize(values, i * stored.cols(), stored.cols(), i);
    }
    int[] xRows = r.rows(tokens, tokens + 2);
    int[] yRows = r.rows(tokens, tokens + 2);

    float[] expected = new float[(tokens + 2) * rows];
    Faces.SCALAR.matmulInt8(w, 0, rows, x, xRows, expected, rows, 0, yRows, 1, tokens);
    float[] actual = new float[expected.length];
    face.matmulInt8(w, 0, rows, x, xRows, actual, rows, 0, yRows, 1, tokens);

    assertArrayEquals(bits(expected), bits(actual));
  }

  private static int[] bits(float[] floats) {
    int[] bits = new int[floats.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(floats[i]);
    }
    return bits;
  }
}
