package io.lorikeet.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * The B matrix of a low-rank update, packed once so that 16 outputs lie side by side: {@code
 * [ceil(out / 16)][rank][16]} in its stored type, zeros beyond {@code out}. Whoever allocated it
 * owns the memory.
 *
 * @param data the packed elements, little endian, 64-byte aligned
 * @param out outputs
 * @param rank inputs, one per row of A
 */
public record PackedB(MemorySegment data, DType dtype, int out, int rank) {
  /** Outputs of one tile. */
  public static final int TILE = 16;

  public PackedB {
    if (data.byteSize() != bytes(dtype, out, rank)) {
      throw new IllegalArgumentException(
          "data must hold " + bytes(dtype, out, rank) + " bytes. Given: " + data.byteSize());
    }
  }

  /** Bytes that packing a {@code [out, rank]} matrix takes. */
  public static long bytes(DType dtype, int out, int rank) {
    return (long) tiles(out) * TILE * rank * dtype.bytes();
  }

  /** Packs {@code b [out, rank]} into memory of {@code allocator}. */
  public static PackedB pack(Matrix b, SegmentAllocator allocator) {
    int rank = b.cols();
    int size = b.dtype().bytes();
    MemorySegment packed = allocator.allocate(bytes(b.dtype(), b.rows(), rank), 64);
    for (int o = 0; o < b.rows(); o++) {
      long tile = (long) (o / TILE) * rank * TILE + o % TILE;
      for (int r = 0; r < rank; r++) {
        MemorySegment.copy(
            b.data(), ((long) o * rank + r) * size, packed, (tile + (long) r * TILE) * size, size);
      }
    }
    return new PackedB(packed, b.dtype(), b.rows(), rank);
  }

  private static int tiles(int out) {
    return (out + TILE - 1) / TILE;
  }
}
