package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.lang.foreign.MemorySegment;

/**
 * Copies host memory of any kind to the device through two pinned buffers: while one is copied, the
 * other is filled. For one thread; closed when everything is there.
 */
final class Uploads implements AutoCloseable {
  /** Bytes of one buffer: several times what a copy's start costs. */
  static final int CHUNK_BYTES = 8 << 20;

  private static final int BUFFERS = 2;

  private final Context context;
  private final Stream stream;
  private final PinnedBuffer[] buffers = new PinnedBuffer[BUFFERS];
  private final Event[] free = new Event[BUFFERS];
  private int next;

  /**
   * @param chunkBytes of one buffer
   */
  Uploads(Context context, int chunkBytes) {
    this.context = context;
    stream = context.stream();
    for (int i = 0; i < BUFFERS; i++) {
      buffers[i] = context.pin(chunkBytes);
      free[i] = context.event();
    }
  }

  /** Device memory that will hold these bytes. */
  DeviceBuffer put(MemorySegment from) {
    DeviceBuffer to = context.allocate(from.byteSize());
    long chunk = buffers[0].segment().byteSize();
    for (long at = 0; at < from.byteSize(); at += chunk) {
      putPart(from, to, at, Math.min(chunk, from.byteSize() - at));
    }
    return to;
  }

  /** Device memory that will hold these values. */
  DeviceBuffer put(float[] values) {
    return put(MemorySegment.ofArray(values));
  }

  private void putPart(MemorySegment from, DeviceBuffer to, long at, long bytes) {
    PinnedBuffer buffer = buffers[next];
    free[next].synchronize();
    MemorySegment.copy(from, at, buffer.segment(), 0, bytes);
    stream.copy(buffer, 0, to, at, bytes);
    stream.record(free[next]);
    next = (next + 1) % BUFFERS;
  }

  /** Waits until all is there, and gives the buffers back. */
  @Override
  public void close() {
    stream.synchronize();
    for (PinnedBuffer buffer : buffers) {
      context.free(buffer);
    }
  }
}
