package io.lorikeet.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Where the keys and values of one KV head of one layer lie within every block of the KV cache, all
 * in F32. A block holds 16 tokens; of it this head has keys {@code [headDim][16]} and values {@code
 * [16][headDim]}.
 *
 * @param data the whole cache, native order, at least 4-byte aligned
 * @param blockStride floats from one block to the next
 * @param keyOffset floats from a block's start to this head's keys
 * @param valueOffset floats from a block's start to this head's values
 */
public record KvHead(
    MemorySegment data, long blockStride, long keyOffset, long valueOffset, int headDim) {
  /** Tokens of a block. */
  public static final int TOKENS = 16;

  /** Tokens of an attention partial: {@value} absolute positions, whatever the step. */
  public static final int RANGE = 256;

  /** Byte offset of the keys {@code [headDim][16]} in a block. */
  public long keys(int block) {
    return (block * blockStride + keyOffset) * Float.BYTES;
  }

  /** Byte offset of the values {@code [16][headDim]} in a block. */
  public long values(int block) {
    return (block * blockStride + valueOffset) * Float.BYTES;
  }
}
