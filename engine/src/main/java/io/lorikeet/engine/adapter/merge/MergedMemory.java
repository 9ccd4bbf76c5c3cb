package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The host memory of a merged image: aligned F32 matrices, which live as long as they do. */
final class MergedMemory {
  private static final long ALIGNMENT = 64;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena = Arena.ofAuto();
  private long bytes;
  private boolean changesAnything;

  /** Bytes handed out. */
  long bytes() {
    return bytes;
  }

  /** Whether a product noted so far is not zero. */
  boolean changesAnything() {
    return changesAnything;
  }

  /**
   * Looks at what came out.
   *
   * @throws LorikeetException ADAPTER_TENSOR_NOT_FINITE
   */
  void note(FactorMerge.Merged merged, Place place) {
    boolean a = isNotZero(merged.a(), place);
    boolean b = isNotZero(merged.b(), place);
    changesAnything |= a && b;
  }

  private static boolean isNotZero(float[] values, Place place) {
    boolean found = false;
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_TENSOR_NOT_FINITE,
            "the merged %s must fit F32; lower the weights".formatted(place.text()));
      }
      found |= value != 0;
    }
    return found;
  }

  Matrix matrix(float[] values, int rows, int cols) {
    MemorySegment data = allocate(values.length);
    MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
    return new Matrix(data.asReadOnly(), DType.F32, rows, cols);
  }

  /** Rows and columns exchanged: {@code [cols, rows]}. */
  Matrix transposed(float[] values, int rows, int cols) {
    MemorySegment data = allocate(values.length);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        data.setAtIndex(FLOAT, (long) col * rows + row, values[row * cols + col]);
      }
    }
    return new Matrix(data.asReadOnly(), DType.F32, cols, rows);
  }

  private MemorySegment allocate(int count) {
    long size = (long) count * Float.BYTES;
    bytes += size;
    return arena.allocate(size, ALIGNMENT);
  }
}
