package io.lorikeet.kernels.foreign;

import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Scores;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Native copies of what attention reads and writes in Java arrays: its calls can be long, so they
 * must not hold the garbage collector off. One per thread; it grows and never shrinks.
 */
final class AttentionBuffers {
  private MemorySegment blocks = MemorySegment.NULL;
  private MemorySegment queries = MemorySegment.NULL;
  private MemorySegment slopes = MemorySegment.NULL;
  private MemorySegment out = MemorySegment.NULL;

  MemorySegment blocks() {
    return blocks;
  }

  MemorySegment queries() {
    return queries;
  }

  MemorySegment slopes(Scores scores) {
    return scores.slopes().length == 0 ? MemorySegment.NULL : slopes;
  }

  MemorySegment out() {
    return out;
  }

  /** Copies the inputs; parameters as in {@link io.lorikeet.kernels.Kernels#attention}. */
  void take(
      KvHead kv,
      int[] table,
      int tableOffset,
      int start,
      int length,
      float[] q,
      int qOffset,
      int heads,
      Scores scores) {
    int entries = (length + KvHead.TOKENS - 1) / KvHead.TOKENS;
    for (int b = start / KvHead.TOKENS; b < entries; b++) {
      check(kv, table[tableOffset + b]);
    }
    int width = heads * kv.headDim();
    blocks = atLeast(blocks, entries);
    queries = atLeast(queries, width);
    out = atLeast(out, width);
    MemorySegment.copy(table, tableOffset, blocks, ValueLayout.JAVA_INT, 0, entries);
    MemorySegment.copy(q, qOffset, queries, ValueLayout.JAVA_FLOAT, 0, width);
    if (scores.slopes().length > 0) {
      slopes = atLeast(slopes, heads);
      MemorySegment.copy(scores.slopes(), 0, slopes, ValueLayout.JAVA_FLOAT, 0, heads);
    }
  }

  private static void check(KvHead kv, int block) {
    long bytes = (long) kv.headDim() * KvHead.TOKENS * Float.BYTES;
    Objects.checkFromIndexSize(kv.keys(block), bytes, kv.data().byteSize());
    Objects.checkFromIndexSize(kv.values(block), bytes, kv.data().byteSize());
  }

  /** Copies the result. */
  void give(float[] result, int offset, int width) {
    MemorySegment.copy(out, ValueLayout.JAVA_FLOAT, 0, result, offset, width);
  }

  private static MemorySegment atLeast(MemorySegment segment, int elements) {
    long bytes = (long) elements * Integer.BYTES;
    return segment.byteSize() >= bytes
        ? segment
        : Arena.ofAuto().allocate(Math.max(bytes, 2 * segment.byteSize()), Long.BYTES * 8L);
  }
}
