package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdapterMemoryTest {
  private static final int RANK = 3;

  // The larger ones fill pages of 2 MiB.
  @ParameterizedTest
  @ValueSource(ints = {5, 1000, 90_001})
  void factorsLieInOnePieceInTheOrderOfTheLayers(int width) {
    Arena arena = Arena.ofAuto();
    LowRank first = new LowRank(matrix(arena, RANK, width), matrix(arena, width, RANK));
    LowRank second = new LowRank(matrix(arena, RANK, width), matrix(arena, 2, RANK));
    AdapterMemory memory = new AdapterMemory(image(first, second));

    Matrix a = memory.copy(first.a());
    PackedB b = memory.pack(first.b());
    Matrix next = memory.copy(second.a());
    PackedB last = memory.pack(second.b());

    long start = a.data().address();
    assertEquals(0, start % 64);
    assertEquals(start + lines(a.data()), b.data().address());
    assertEquals(b.data().address() + lines(b.data()), next.data().address());
    assertEquals(start + memory.bytes(), last.data().address() + lines(last.data()));
    assertEquals(-1, a.data().mismatch(first.a().data()));
    assertEquals(-1, b.data().mismatch(PackedB.pack(first.b(), arena).data()));
    assertEquals(-1, next.data().mismatch(second.a().data()));
  }

  private static AdapterImage image(LowRank... layers) {
    return new AdapterImage(
        new GenerationId("g"),
        List.of(layers).stream()
            .map(low -> Map.of(Projection.Q, new Delta(Optional.of(low), Optional.empty())))
            .toList(),
        0);
  }

  private static Matrix matrix(Arena arena, int rows, int cols) {
    MemorySegment data = arena.allocate(2L * rows * cols, 64);
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) (31 * i + rows));
    }
    return new Matrix(data, DType.BF16, rows, cols);
  }

  private static long lines(MemorySegment data) {
    return Math.ceilDiv(data.byteSize(), 64L) * 64;
  }
}
