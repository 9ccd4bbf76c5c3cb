package io.lorikeet.gpu.driver;

import java.lang.foreign.MemorySegment;

/**
 * Copies host memory of any kind to the device on one stream, through two pinned buffers: while one
 * is copied, the other is filled. Waits for nothing but a free buffer. For one thread.
 */
public final class CopyRing implements AutoCloseable {
  private static final int BUFFERS = 2;

  private final Context context;
  private final Stream stream;
  private final PinnedBuffer[] buffers = new PinnedBuffer[BUFFERS];
  private final Event[] free = new Event[BUFFERS];
  private int next;

  /**
   * @param chunkBytes of one buffer
   */
  public CopyRing(Context context, Stream stream, long chunkBytes) {
    this.context = context;
    this.stream = stream;
    for (int i = 0; i < BUFFERS; i++) {
      buffers[i] = context.pin(chunkBytes);
      free[i] = context.event();
    }
  }

  /** Queues the copy; {@code from} is not read any more when this returns. */
  public void copy(MemorySegment from, DeviceBuffer to) {
    long at = 0;
    while (at < from.byteSize()) {
      at = copyPart(from, to, at);
    }
  }

  /**
   * Queues the copy of as much as a buffer holds, from byte {@code at} on.
   *
   * @return where the next part begins
   */
  public long copyPart(MemorySegment from, DeviceBuffer to, long at) {
    long bytes = Math.min(buffers[0].segment().byteSize(), from.byteSize() - at);
    PinnedBuffer buffer = buffers[next];
    free[next].synchronize();
    MemorySegment.copy(from, at, buffer.segment(), 0, bytes);
    stream.copy(buffer, 0, to, at, bytes);
    stream.record(free[next]);
    next = (next + 1) % BUFFERS;
    return at + bytes;
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
