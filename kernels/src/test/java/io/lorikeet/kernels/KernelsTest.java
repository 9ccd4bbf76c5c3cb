package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.kernels.vector.VectorKernels;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every face gives the bits of the scalar one, whatever the operands. */
@ParameterizedClass(name = "{0}")
@MethodSource("faces")
final class KernelsTest {
  private final Face face;

  KernelsTest(Face face) {
    this.face = face;
  }

  /** A face, and how much it is asked to do: vectors wider than the CPU's are emulated. */
  record Face(Kernels kernels, int seeds, int sizeMax) {
    @Override
    public String toString() {
      return kernels.name();
    }
  }

  static Stream<Face> faces() {
    Stream<Face> vector =
        Stream.of(128, 256, 512)
            .map(bits ->
                bits <= FloatVector.SPECIES_PREFERRED.vectorBitSize()
                    ? new Face(VectorKernels.of(bits), 300, 200)
                    : new Face(VectorKernels.of(bits), 10, 40));
    return Stream.of(
            Stream.of(new Face(Faces.SCALAR, 10, 100)),
            vector,
            Faces.NATIVE.stream().map(face -> new Face(face, 300, 200)))
        .flatMap(faces -> faces);
  }

  @ParameterizedTest
  @EnumSource
  void operationGivesTheBitsOfTheScalarFace(Operation operation) {
    for (long seed = 0; seed < face.seeds(); seed++) {
      float[] expected = operation.run(Faces.SCALAR, seed, face.sizeMax());
      float[] actual = operation.run(face.kernels(), seed, face.sizeMax());
      assertSameBits(expected, actual, operation + ", seed " + seed);
    }
  }

  // Not the raw bits: which NaN comes out of two is not defined.
  private static void assertSameBits(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      int e = Float.floatToIntBits(expected[i]);
      int a = Float.floatToIntBits(actual[i]);
      if (e != a) {
        assertEquals(expected[i], actual[i], what + ", element " + i);
        assertEquals(e, a, what + ", element " + i);
      }
    }
  }

  @Test
  void everyWideningKeepsEveryBitOfTheFile() {
    for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
      Matrix all = Matrices.allHalves(dtype);
      float[] row = new float[all.cols()];
      face.kernels().widenRow(all, 0, row, 0);
      for (int bits = 0; bits < row.length; bits++) {
        int expected = Float.floatToRawIntBits(Widen.element(dtype, all.data(), bits));
        assertEquals(expected, Float.floatToRawIntBits(row[bits]), dtype + " " + bits);
      }
    }
  }
}
