package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Weights of mapped files in memory of the process. A mapped file lies on scattered pages of 4 KiB,
 * from which every step would read them more slowly.
 */
final class WeightCopies {
  private static final int ALIGNMENT = 64;

  private final Arena arena;
  private final WorkerPool pool;

  /**
   * @param arena frees the copies when closed
   */
  WeightCopies(Arena arena, WorkerPool pool) {
    this.arena = arena;
    this.pool = pool;
  }

  /** The same bytes, read-only. */
  MemorySegment of(MemorySegment mapped) {
    MemorySegment copy = HugePages.allocate(mapped.byteSize(), arena);
    copy(mapped, copy);
    return copy.asReadOnly();
  }

  /** Those that lie in mapped files, in one piece of memory. */
  List<Copy> of(List<Matrix> matrices) {
    List<Matrix> mapped = mapped(matrices);
    long bytes = bytes(mapped);
    if (bytes == 0) {
      return List.of();
    }
    MemorySegment memory = HugePages.allocate(bytes, arena);
    List<Copy> copies = new ArrayList<>();
    long offset = 0;
    for (Matrix matrix : mapped) {
      MemorySegment data = memory.asSlice(offset, matrix.data().byteSize());
      copy(matrix.data(), data);
      copies.add(
          new Copy(
              matrix, new Matrix(data.asReadOnly(), matrix.dtype(), matrix.rows(), matrix.cols())));
      offset += bytes(matrix);
    }
    return copies;
  }

  /** A matrix where it lies in a mapped file, and its copy. */
  record Copy(Matrix mapped, Matrix own) {}

  private void copy(MemorySegment from, MemorySegment to) {
    int pages = Math.toIntExact(Math.ceilDiv(from.byteSize(), HugePages.PAGE));
    pool.run(part -> {
      long begin = Math.min(from.byteSize(), pool.begin(pages, part) * HugePages.PAGE);
      long end = Math.min(from.byteSize(), pool.end(pages, part) * HugePages.PAGE);
      MemorySegment.copy(from, begin, to, begin, end - begin);
    });
  }

  /** What {@link #of(List)} takes. */
  static long bytes(List<Matrix> matrices) {
    return mapped(matrices).stream().mapToLong(WeightCopies::bytes).sum();
  }

  private static List<Matrix> mapped(List<Matrix> matrices) {
    return matrices.stream().filter(matrix -> matrix.data().isMapped()).toList();
  }

  private static long bytes(Matrix matrix) {
    return Math.ceilDiv(matrix.data().byteSize(), ALIGNMENT) * ALIGNMENT;
  }
}
