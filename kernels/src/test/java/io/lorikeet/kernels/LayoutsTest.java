package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The layouts that kernels read: what they hold, where, and what they refuse. */
final class LayoutsTest {
  private static MemorySegment bytes(long count) {
    return Arena.ofAuto().allocate(count);
  }

  @Test
  void matrixHoldsExactlyItsElements() {
    assertEquals(3, new Matrix(bytes(24), DType.F16, 3, 4).rows());
    assertThrows(IllegalArgumentException.class, () -> new Matrix(bytes(25), DType.F16, 3, 4));
    assertThrows(IllegalArgumentException.class, () -> new Matrix(bytes(23), DType.F16, 3, 4));
  }

  @Test
  void matrixHasRowsAndColumns() {
    assertThrows(IllegalArgumentException.class, () -> new Matrix(bytes(0), DType.F32, 0, 4));
    assertThrows(IllegalArgumentException.class, () -> new Matrix(bytes(0), DType.F32, 4, 0));
  }

  @Test
  void rowsOfAMatrixAreAView() {
    Matrix all = Matrices.allHalves(DType.BF16);
    Matrix square = new Matrix(all.data(), DType.BF16, 256, 256);

    Matrix part = square.rows(3, 5);

    assertEquals(2, part.rows());
    assertEquals(256, part.cols());
    assertEquals((short) (3 * 256), part.data().get(Widen.SHORT, 0));
    part.data().set(Widen.SHORT, 0, (short) 7);
    assertEquals(7, all.data().get(Widen.SHORT, 2 * 3 * 256));
    assertThrows(IndexOutOfBoundsException.class, () -> square.rows(250, 257));
    assertThrows(IllegalArgumentException.class, () -> square.rows(5, 5));
  }

  @ParameterizedTest
  @EnumSource
  void packedOutputsLieSideBySideAndTheRestIsZero(DType dtype) {
    int out = 21;
    int rank = 3;
    Matrix b = new Operands(0, 1).matrix(dtype, out, rank);

    PackedB packed = PackedB.pack(b, Arena.ofAuto());

    assertEquals(2L * 16 * rank * dtype.bytes(), packed.data().byteSize());
    assertEquals(0, packed.data().address() % 64);
    for (int o = 0; o < 32; o++) {
      for (int r = 0; r < rank; r++) {
        float expected = o < out ? Widen.element(dtype, b.data(), (long) o * rank + r) : 0f;
        long index = ((long) (o / 16) * rank + r) * 16 + o % 16;
        assertEquals(expected, Widen.element(dtype, packed.data(), index), o + ", " + r);
      }
    }
  }

  @Test
  void packedMatrixHoldsWholeTiles() {
    assertEquals(2 * 16 * 8 * 2, PackedB.bytes(DType.F16, 17, 8));
    assertThrows(
        IllegalArgumentException.class, () -> new PackedB(bytes(17 * 8 * 2), DType.F16, 17, 8));
  }

  @Test
  void headLiesAtItsOffsetsInEveryBlock() {
    KvHead kv = new KvHead(bytes(4 * 1000), 500, 20, 60, 2);

    assertEquals(80, kv.keys(0));
    assertEquals(2080, kv.keys(1));
    assertEquals(2240, kv.values(1));
    assertEquals(
        4L * (3_000_000_000L + 20), new KvHead(kv.data(), 3_000_000_000L, 20, 60, 2).keys(1));
  }

  @Test
  void headBeyondTheCacheIsNeverReadOrWritten() {
    KvHead kv = new KvHead(bytes(4 * 1000), 500, 20, 60, 2);
    float[] two = new float[2];
    for (Kernels face : Faces.ALL) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> face.writeKv(kv, 2, 0, two, 0, two, 0),
          face::name);
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> face.attention(kv, new int[] {2}, 0, 0, 1, two, 0, 1, Scores.scaled(1f), two, 0),
          face::name);
    }
  }

  @Test
  void rowsBeyondTheMatrixAreNeverRead() {
    Matrix w = new Operands(0, 1).matrix(DType.BF16, 4, 32);
    float[] x = new float[5 * 32];
    float[] y = new float[5 * 8];
    int[] rows = {0, 1, 2, 3, 4};
    for (Kernels face : Faces.ALL) {
      for (int tokens : new int[] {1, 5}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> face.matmul(w, 0, 8, x, 32, rows, y, 8, 0, rows, 0, tokens),
            face::name);
      }
    }
  }
}
