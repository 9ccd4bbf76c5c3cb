package io.lorikeet.gpu.driver;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** Host memory that copies reach while the program goes on. The context owns it. */
@SuppressWarnings("restricted") // a segment over memory of the driver
public final class PinnedBuffer {
  private final Pinned pointer;
  private final MemorySegment segment;

  /** A pointer that tells its address. */
  static final class Pinned extends Pointer {
    long raw() {
      return getNativePointer();
    }
  }

  PinnedBuffer(Pinned pointer, long bytes) {
    this.pointer = pointer;
    segment = MemorySegment.ofAddress(pointer.raw()).reinterpret(bytes);
  }

  /** Valid until the context is closed. */
  public MemorySegment segment() {
    return segment;
  }

  Pointer pointer() {
    return pointer;
  }

  Pointer at(long offset) {
    return pointer.withByteOffset(offset);
  }
}
