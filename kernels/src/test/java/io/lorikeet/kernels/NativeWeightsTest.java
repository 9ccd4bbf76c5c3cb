package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** C reads weights by address, so whatever has none is refused before. */
@ParameterizedClass(name = "{0}", allowZeroInvocations = true)
@MethodSource("faces")
final class NativeWeightsTest {
  private static final int ROWS = 3;
  private static final int COLS = 5;

  private final Kernels face;

  NativeWeightsTest(Kernels face) {
    this.face = face;
  }

  static Stream<Named<Kernels>> faces() {
    return Faces.NATIVE.stream().map(face -> Named.of(face.name(), face));
  }

  @Test
  void weightsOnTheHeapAreRefused() {
    MemorySegment heap = MemorySegment.ofArray(new float[ROWS * COLS]);
    assertRefused(new Matrix(heap, DType.F32, ROWS, COLS));
  }

  @Test
  void weightsThatWereFreedAreRefused() {
    Matrix w;
    try (Arena arena = Arena.ofConfined()) {
      w = new Matrix(arena.allocate(4L * ROWS * COLS, 64), DType.F32, ROWS, COLS);
    }
    assertRefused(w);
  }

  private void assertRefused(Matrix w) {
    int[] row = {0};
    float[] y = new float[ROWS];
    assertThrows(
        IllegalArgumentException.class,
        () -> face.matmul(w, 0, ROWS, new float[COLS], COLS, row, y, ROWS, 0, row, 0, 1));
  }
}
