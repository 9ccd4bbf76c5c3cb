package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.kernels.KvHead;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class KvCacheTest {
  private final DecoderSpec spec = TestModels.model("llama").spec();

  @Test
  void headsOfAllBlocksDivideTheCacheWithoutGapsOrOverlaps() {
    int blocks = 5;
    try (KvCache cache = new KvCache(spec, blocks)) {
      MemorySegment data = cache.head(0, 0).data();
      int headBytes = KvHead.TOKENS * spec.headDim() * Float.BYTES;
      for (int block = 0; block < blocks; block++) {
        for (int layer = 0; layer < spec.layers(); layer++) {
          for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
            KvHead head = cache.head(layer, kvHead);
            add(data.asSlice(head.keys(block), headBytes));
            add(data.asSlice(head.values(block), headBytes));
          }
        }
      }

      assertEquals(blocks * KvCache.blockBytes(spec), data.byteSize());
      for (long at = 0; at < data.byteSize(); at++) {
        assertEquals(1, data.get(ValueLayout.JAVA_BYTE, at), "byte " + at);
      }
    }
  }

  @Test
  void clearZerosTheFirstBlocksOnly() {
    try (KvCache cache = new KvCache(spec, 3)) {
      MemorySegment data = cache.head(0, 0).data();
      data.fill((byte) 1);

      cache.clear(2);

      long end = 2 * KvCache.blockBytes(spec);
      assertEquals(0, data.get(ValueLayout.JAVA_BYTE, end - 1));
      assertEquals(1, data.get(ValueLayout.JAVA_BYTE, end));
    }
  }

  @Test
  void memoryIsZeroedAlignedAndGoneAfterClose() {
    KvCache cache = new KvCache(spec, 2);
    MemorySegment data = cache.head(0, 0).data();
    assertEquals(0, data.address() % 64);
    assertEquals(-1, data.mismatch(MemorySegment.ofArray(new byte[(int) data.byteSize()])));

    cache.close();

    assertThrows(IllegalStateException.class, () -> data.get(ValueLayout.JAVA_BYTE, 0));
  }

  private static void add(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at++) {
      bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) + 1));
    }
  }
}
