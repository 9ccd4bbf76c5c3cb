package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.CopyRing;
import io.lorikeet.gpu.driver.DeviceBuffer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Takes device memory and fills it, for what stays there; everything is there when it is closed.
 */
final class Uploads implements AutoCloseable {
  /** Bytes of a pinned buffer: several times what a copy's start costs. */
  static final int CHUNK_BYTES = 8 << 20;

  private static final int ALIGNMENT = 256;

  private final Context context;
  private final CopyRing ring;

  /**
   * @param chunkBytes of a pinned buffer
   */
  Uploads(Context context, int chunkBytes) {
    this.context = context;
    ring = new CopyRing(context, context.stream(), chunkBytes);
  }

  /** Device memory that will hold these bytes. */
  DeviceBuffer put(MemorySegment from) {
    DeviceBuffer to = context.allocate(from.byteSize());
    ring.copy(from, to);
    return to;
  }

  /**
   * Pieces of one stretch of device memory, each 256 bytes aligned: small ones would waste some.
   */
  long[] putAll(List<MemorySegment> from) {
    long[] at = new long[from.size()];
    long bytes = 0;
    for (int i = 0; i < at.length; i++) {
      at[i] = bytes;
      bytes += Math.ceilDiv(from.get(i).byteSize(), ALIGNMENT) * ALIGNMENT;
    }
    DeviceBuffer all = context.allocate(bytes);
    for (int i = 0; i < at.length; i++) {
      ring.copy(from.get(i), all.slice(at[i], from.get(i).byteSize()));
      at[i] += all.address();
    }
    return at;
  }

  /** Device memory that will hold these values. */
  DeviceBuffer put(float[] values) {
    return put(MemorySegment.ofArray(values));
  }

  @Override
  public void close() {
    ring.close();
  }
}
