package io.lorikeet.engine.format;

import io.lorikeet.kernels.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * One tensor where it lies in a mapped file.
 *
 * @param storage type as the file spells it, such as {@code BF16}
 * @param shape dimensions, row-major; empty for a scalar
 * @param data its bytes, little endian, no alignment promised
 */
public record TensorView(String name, String storage, long[] shape, MemorySegment data) {
  /** The type that kernels can compute with; empty for integers, booleans, F64 and 8-bit floats. */
  public Optional<DType> dtype() {
    return switch (storage) {
      case "F32" -> Optional.of(DType.F32);
      case "F16" -> Optional.of(DType.F16);
      case "BF16" -> Optional.of(DType.BF16);
      default -> Optional.empty();
    };
  }

  public boolean hasShape(long... expected) {
    return Arrays.equals(shape, expected);
  }

  public String shapeText() {
    return Arrays.toString(shape);
  }
}
