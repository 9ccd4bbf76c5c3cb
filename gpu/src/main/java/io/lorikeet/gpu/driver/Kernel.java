package io.lorikeet.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUfunction;

/**
 * A kernel of a module. A call names its parameters one after the other and ends with {@link
 * #launch}; the driver copies them, so that the next call may follow at once. Allocates nothing.
 */
public final class Kernel {
  private static final int PARAMETERS_MAX = 40;

  /** A handle that tells its address. */
  static final class Handle extends CUfunction {
    long raw() {
      return getNativePointer();
    }
  }

  private final Handle handle;
  private final int threads;
  private final MemorySegment values; // [PARAMETERS_MAX] of 8 bytes
  private final MemorySegment pointers; // to them
  private int count;

  /**
   * @param threads of a block
   */
  Kernel(Handle handle, int threads, Arena arena) {
    this.handle = handle;
    this.threads = threads;
    values = arena.allocate(JAVA_LONG, PARAMETERS_MAX);
    pointers = arena.allocate(ADDRESS, PARAMETERS_MAX);
    for (int i = 0; i < PARAMETERS_MAX; i++) {
      pointers.setAtIndex(ADDRESS, i, values.asSlice((long) i * JAVA_LONG.byteSize()));
    }
  }

  /** The next parameter is a pointer. */
  public Kernel with(DeviceBuffer buffer) {
    return with(buffer.address());
  }

  /** The next parameter is a pointer, 0 for null, or another integer of 64 bits. */
  public Kernel with(long value) {
    values.setAtIndex(JAVA_LONG, count++, value);
    return this;
  }

  /** The next parameter is an {@code int}. */
  public Kernel with(int value) {
    values.set(JAVA_INT, JAVA_LONG.byteSize() * count++, value);
    return this;
  }

  /** The next parameter is a {@code float}. */
  public Kernel with(float value) {
    values.set(JAVA_FLOAT, JAVA_LONG.byteSize() * count++, value);
    return this;
  }

  /** Queues the kernel, with the parameters that were named since the last launch. */
  public void launch(Stream stream, int gridX, int gridY, int gridZ) {
    count = 0;
    DriverCalls.launch(
        handle.raw(), gridX, gridY, gridZ, threads, 0, stream.handle().raw(), pointers);
  }

  /** As {@link #launch(Stream, int, int, int)}, with blocks along one dimension. */
  public void launch(Stream stream, int gridX) {
    launch(stream, gridX, 1, 1);
  }
}
