package io.lorikeet.gpu.adapter;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.CopyRing;
import io.lorikeet.gpu.driver.Stream;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Copies images to the device through pinned memory, on a stream of their own, a part at a time,
 * for whoever asks on whatever thread: whoever needs the same image helps. Does not know slots.
 */
final class ImageCopies {
  private static final long PART_BYTES = 8 << 20;
  private static final long POLL_NANOS = 50_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Context context;
  private final Stream stream;
  private final CopyRing ring;
  private boolean closed;

  /**
   * @param bytes of the largest image
   */
  ImageCopies(Context context, long bytes) {
    this.context = context;
    stream = context.stream();
    ring = new CopyRing(context, stream, Math.min(PART_BYTES, bytes));
  }

  /** Copies what is left of an image and waits until it is there; for any thread. */
  void carry(Arrival arrival) {
    while (locked(arrival, () -> queuePart(arrival))) {
      Thread.onSpinWait();
    }
    while (locked(arrival, () -> !arrival.there.isDone())) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Queues what is left of an image; for the thread of the context. */
  void queue(Arrival arrival) {
    while (!arrival.queued && locked(arrival, () -> queuePart(arrival))) {
      Thread.onSpinWait();
    }
  }

  /**
   * The image is not needed any more; for the thread of the context.
   *
   * @return whether its event tells when its place is written for the last time; else it never was
   */
  boolean giveUp(Arrival arrival) {
    lock.lock();
    try {
      arrival.givenUp = true;
      if (arrival.next > 0 && !arrival.queued) {
        stream.record(arrival.there);
      }
      return arrival.next > 0;
    } finally {
      lock.unlock();
    }
  }

  /** No other thread uses the context from now on. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  private interface Part {
    /** Whether there is more to do. */
    boolean more();
  }

  private boolean locked(Arrival arrival, Part part) {
    boolean[] more = new boolean[1];
    lock.lock();
    try {
      if (!closed && !arrival.givenUp) {
        context.run(() -> more[0] = part.more());
      }
    } finally {
      lock.unlock();
    }
    return more[0];
  }

  private boolean queuePart(Arrival arrival) {
    if (arrival.queued) {
      return false;
    }
    MemorySegment content = arrival.staged.packed.content();
    if (arrival.next == 0) {
      stream.await(arrival.free);
    }
    arrival.next = ring.copyPart(content, arrival.place, arrival.next);
    if (arrival.next < content.byteSize()) {
      return true;
    }
    stream.record(arrival.there);
    arrival.queued = true;
    return false;
  }
}
