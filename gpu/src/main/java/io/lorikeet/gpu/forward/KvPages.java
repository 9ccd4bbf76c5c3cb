package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.kernels.KvHead;

/**
 * Keys and values of all blocks, in F32: a block after the other. A block holds 16 tokens; in it
 * every layer has keys {@code [kvHeads][16][headDim]} and values likewise. Knows nothing of which
 * sequence uses a block.
 *
 * @param address of block 0
 * @param blockStride floats from one block to the next
 * @param partFloats floats of one layer's keys in a block, and of its values
 */
record KvPages(long address, long blockStride, long partFloats) {
  static KvPages of(DecoderSpec spec, int blocks, Context context) {
    long address = context.allocate(blocks * blockBytes(spec)).address();
    return new KvPages(address, blockBytes(spec) / Float.BYTES, partFloats(spec));
  }

  /** Bytes of one block over all layers. */
  static long blockBytes(DecoderSpec spec) {
    return 2 * partFloats(spec) * spec.layers() * Float.BYTES;
  }

  private static long partFloats(DecoderSpec spec) {
    return (long) KvHead.TOKENS * spec.headDim() * spec.kvHeads();
  }

  /** Address of a layer's keys in block 0. */
  long keys(int layer) {
    return address + 2L * layer * partFloats * Float.BYTES;
  }

  /** Address of a layer's values in block 0. */
  long values(int layer) {
    return keys(layer) + partFloats * Float.BYTES;
  }
}
