package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.CopyRing;
import io.lorikeet.gpu.driver.DeviceBuffer;
import java.lang.foreign.MemorySegment;

/**
 * Takes device memory and fills it, for what stays there; everything is there when it is closed.
 */
final class Uploads implements AutoCloseable {
  /** Bytes of a pinned buffer: several times what a copy's start costs. */
  static final int CHUNK_BYTES = 8 << 20;

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

  /** Device memory that will hold these values. */
  DeviceBuffer put(float[] values) {
    return put(MemorySegment.ofArray(values));
  }

  @Override
  public void close() {
    ring.close();
  }
}
