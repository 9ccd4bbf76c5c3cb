package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.kernels.KvHead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of all blocks, in F32: one segment, a block after the other. A block holds 16
 * tokens; in it every layer has, for each KV head, keys {@code [headDim][16]} and values {@code
 * [16][headDim]}. Knows nothing of which sequence uses a block. Owned and closed by the executor.
 */
final class KvCache implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment data;
  private final KvHead[] heads; // [layers * kvHeads]
  private final int kvHeads;
  private final int blocks;
  private final long blockBytes;

  KvCache(DecoderSpec spec, int blocks) {
    this.blocks = blocks;
    this.kvHeads = spec.kvHeads();
    this.blockBytes = blockBytes(spec);
    this.data = ZeroedMemory.allocate(blocks * blockBytes, arena);
    this.heads = new KvHead[spec.layers() * kvHeads];
    long headFloats = (long) KvHead.TOKENS * spec.headDim();
    for (int i = 0; i < heads.length; i++) {
      long key = 2L * i * headFloats;
      heads[i] = new KvHead(data, blockBytes / Float.BYTES, key, key + headFloats, spec.headDim());
    }
  }

  /** Bytes of one block over all layers. */
  static long blockBytes(DecoderSpec spec) {
    return 2L * KvHead.TOKENS * spec.headDim() * spec.kvHeads() * spec.layers() * Float.BYTES;
  }

  int blocks() {
    return blocks;
  }

  /** One head of one layer. */
  KvHead head(int layer, int kvHead) {
    return heads[layer * kvHeads + kvHead];
  }

  /** Zeros the first {@code count} blocks. */
  void clear(int count) {
    data.asSlice(0, count * blockBytes).fill((byte) 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
