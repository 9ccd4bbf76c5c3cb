package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/** The host memory of one image: aligned copies of its matrices, which live as long as they do. */
final class ImageMemory {
  private static final long ALIGNMENT = 64;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena = Arena.ofAuto();
  private final long bytesMax;
  private long bytes;

  /**
   * @param bytesMax bytes that it hands out at most
   */
  ImageMemory(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Bytes handed out. */
  long bytes() {
    return bytes;
  }

  float[] count(float[] values) {
    take((long) values.length * Float.BYTES);
    return values;
  }

  // Before anything is allocated: a small file may expand into a large image.
  private void take(long size) {
    if (size > bytesMax - bytes) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TOO_LARGE,
          "the adapter's image must have at most %d bytes. Given: more than %d"
              .formatted(bytesMax, bytes + size - 1));
    }
    bytes += size;
  }

  /**
   * A matrix that is computed, in F32.
   *
   * @param key of the module, for messages
   * @throws LorikeetException ADAPTER_TENSOR_NOT_FINITE where an element does not fit F32,
   *     ADAPTER_TOO_LARGE
   */
  Matrix compute(String key, Grid grid) {
    MemorySegment computed =
        allocate(Math.multiplyExact((long) grid.rows() * Float.BYTES, grid.cols()));
    long at = 0;
    for (int r = 0; r < grid.rows(); r++) {
      for (int c = 0; c < grid.cols(); c++) {
        float value = (float) grid.at(r, c);
        if (!Float.isFinite(value)) {
          throw FileFamily.ADAPTER.tensorNotFinite(
              "the products of `%s` must fit F32. Given: %s".formatted(key, grid.at(r, c)));
        }
        computed.set(FLOAT, at, value);
        at += Float.BYTES;
      }
    }
    return new Matrix(computed.asReadOnly(), DType.F32, grid.rows(), grid.cols());
  }

  /** Ones on the diagonal, in the smallest type that has them. */
  Matrix identity(int size) {
    MemorySegment ones = allocate((long) size * size * Short.BYTES);
    for (int i = 0; i < size; i++) {
      ones.set(SHORT, ((long) i * size + i) * Short.BYTES, narrow(DType.BF16, 1));
    }
    return new Matrix(ones.asReadOnly(), DType.BF16, size, size);
  }

  /**
   * A copy with zeros around the blocks of its diagonal.
   *
   * @param stored the blocks, one below the other
   */
  Matrix blocks(Matrix stored, int count) {
    int size = stored.dtype().bytes();
    int cols = Math.multiplyExact(stored.cols(), count);
    MemorySegment spread = allocate((long) stored.rows() * cols * size);
    long rowBytes = (long) stored.cols() * size;
    for (int r = 0; r < stored.rows(); r++) {
      long block = (long) r * count / stored.rows();
      MemorySegment.copy(
          stored.data(), r * rowBytes, spread, (r * (long) count + block) * rowBytes, rowBytes);
    }
    return new Matrix(spread.asReadOnly(), stored.dtype(), stored.rows(), cols);
  }

  /** A copy of the first columns. */
  Matrix copyColumns(Matrix matrix, int cols) {
    int size = matrix.dtype().bytes();
    MemorySegment copy = allocate((long) matrix.rows() * cols * size);
    for (int r = 0; r < matrix.rows(); r++) {
      MemorySegment.copy(
          matrix.data(),
          (long) r * matrix.cols() * size,
          copy,
          (long) r * cols * size,
          (long) cols * size);
    }
    return new Matrix(copy.asReadOnly(), matrix.dtype(), matrix.rows(), cols);
  }

  Matrix copy(Matrix matrix) {
    MemorySegment copy = allocate(matrix.data().byteSize());
    copy.copyFrom(matrix.data());
    return new Matrix(copy.asReadOnly(), matrix.dtype(), matrix.rows(), matrix.cols());
  }

  /** A copy with rows and columns exchanged. */
  Matrix transpose(Matrix matrix) {
    int size = matrix.dtype().bytes();
    MemorySegment copy = allocate(matrix.data().byteSize());
    for (int r = 0; r < matrix.rows(); r++) {
      for (int c = 0; c < matrix.cols(); c++) {
        long from = ((long) r * matrix.cols() + c) * size;
        MemorySegment.copy(matrix.data(), from, copy, ((long) c * matrix.rows() + r) * size, size);
      }
    }
    return new Matrix(copy.asReadOnly(), matrix.dtype(), matrix.cols(), matrix.rows());
  }

  /** A copy of some rows, in the given order. */
  Matrix copyRows(Matrix matrix, int[] rows) {
    long rowBytes = (long) matrix.cols() * matrix.dtype().bytes();
    MemorySegment copy = allocate(rows.length * rowBytes);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(matrix.data(), rows[i] * rowBytes, copy, i * rowBytes, rowBytes);
    }
    return new Matrix(copy.asReadOnly(), matrix.dtype(), rows.length, matrix.cols());
  }

  /**
   * Multiplies a matrix by a scale: in its stored type where that loses nothing, else in F32.
   *
   * @param key of the module, for messages
   * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_TENSOR_NOT_FINITE where the product
   *     does not fit F32
   */
  Matrix fold(String key, Matrix b, double scale) {
    if (scale == 1) {
      return copy(b);
    }
    return foldExactly(b, scale).orElseGet(() -> foldWidened(key, b, scale));
  }

  private Optional<Matrix> foldExactly(Matrix b, double scale) {
    boolean powerOfTwo = Math.scalb(1.0, Math.getExponent(scale)) == Math.abs(scale);
    if (!powerOfTwo || b.dtype() == DType.F32) {
      return Optional.empty();
    }
    long count = (long) b.rows() * b.cols();
    MemorySegment folded = arena.allocate(b.data().byteSize(), ALIGNMENT);
    for (long i = 0; i < count; i++) {
      float value = Widen.element(b.dtype(), b.data(), i);
      folded.set(SHORT, i * Short.BYTES, narrow(b.dtype(), (float) (value * scale)));
      if (Widen.element(b.dtype(), folded, i) / scale != value) {
        return Optional.empty();
      }
    }
    take(folded.byteSize());
    return Optional.of(new Matrix(folded.asReadOnly(), b.dtype(), b.rows(), b.cols()));
  }

  private static short narrow(DType dtype, float value) {
    return dtype == DType.F16
        ? Float.floatToFloat16(value)
        : (short) (Float.floatToRawIntBits(value) >>> 16);
  }

  private Matrix foldWidened(String key, Matrix b, double scale) {
    long count = (long) b.rows() * b.cols();
    MemorySegment folded = allocate(count * Float.BYTES);
    for (long i = 0; i < count; i++) {
      float value = (float) (Widen.element(b.dtype(), b.data(), i) * scale);
      if (!Float.isFinite(value)) {
        throw FileFamily.ADAPTER.tensorNotFinite(
            "B of `%s` times its scale %s must fit F32".formatted(key, scale));
      }
      folded.set(FLOAT, i * Float.BYTES, value);
    }
    return new Matrix(folded.asReadOnly(), DType.F32, b.rows(), b.cols());
  }

  /**
   * The values, which were computed.
   *
   * @throws LorikeetException ADAPTER_TENSOR_NOT_FINITE
   */
  static float[] checkFinite(String key, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw FileFamily.ADAPTER.tensorNotFinite(
            "the products of `%s` must fit F32. Given: %s".formatted(key, value));
      }
    }
    return values;
  }

  /** Whether every element is zero. */
  static boolean isZero(Matrix matrix) {
    long count = (long) matrix.rows() * matrix.cols();
    for (long i = 0; i < count; i++) {
      if (Widen.element(matrix.dtype(), matrix.data(), i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether both hold the same values, whatever their types. */
  static boolean isEqual(Matrix a, Matrix b) {
    long count = (long) a.rows() * a.cols();
    for (long i = 0; i < count; i++) {
      if (Widen.element(a.dtype(), a.data(), i) != Widen.element(b.dtype(), b.data(), i)) {
        return false;
      }
    }
    return true;
  }

  /** The elements in F32. */
  static float[] floats(Matrix matrix) {
    float[] floats = new float[Math.multiplyExact(matrix.rows(), matrix.cols())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Widen.element(matrix.dtype(), matrix.data(), i);
    }
    return floats;
  }

  private MemorySegment allocate(long size) {
    take(size);
    return arena.allocate(size, ALIGNMENT);
  }
}
