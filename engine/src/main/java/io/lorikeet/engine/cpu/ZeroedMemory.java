package io.lorikeet.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Large zeroed memory of the C library. The system gives its pages when they are first written, so
 * that a cache sized for the worst case costs nothing before it fills; an arena's own allocation
 * would write all of it at once and counts against the limit of direct buffers.
 */
final class ZeroedMemory {
  private static final int ALIGNMENT = 64;
  private static final MethodHandle CALLOC =
      function(
          "calloc",
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final MethodHandle FREE =
      function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

  private ZeroedMemory() {}

  /**
   * Zeroed memory, aligned to cache lines.
   *
   * @param arena frees it when closed
   * @throws OutOfMemoryError the C library has none
   */
  @SuppressWarnings("restricted")
  static MemorySegment allocate(long bytes, Arena arena) {
    MemorySegment start = calloc(bytes + ALIGNMENT);
    if (start.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("no " + bytes + " bytes of native memory");
    }
    long gap = -start.address() & (ALIGNMENT - 1);
    return start
        .reinterpret(bytes + ALIGNMENT, arena, memory -> free(start))
        .asSlice(gap, bytes, ALIGNMENT);
  }

  private static MemorySegment calloc(long bytes) {
    try {
      return (MemorySegment) CALLOC.invokeExact(1L, bytes);
    } catch (Throwable thrown) {
      throw new AssertionError("calloc throws nothing", thrown);
    }
  }

  private static void free(MemorySegment memory) {
    try {
      FREE.invokeExact(memory);
    } catch (Throwable thrown) {
      throw new AssertionError("free throws nothing", thrown);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
