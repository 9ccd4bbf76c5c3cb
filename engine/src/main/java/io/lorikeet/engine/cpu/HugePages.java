package io.lorikeet.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Large memory of the C library that is read from end to end in every step, on pages of 2 MiB where
 * the system has them. Not zeroed, and beside the limit of direct buffers.
 */
final class HugePages {
  static final long PAGE = 2L << 20;
  private static final int ADVICE = 14; // MADV_HUGEPAGE, from Linux' mman-common.h
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final Optional<MethodHandle> ALLOCATE =
      function(
          "aligned_alloc",
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final Optional<MethodHandle> FREE =
      function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
  private static final Optional<MethodHandle> ADVISE =
      function(
          "madvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private HugePages() {}

  /**
   * Memory with any content.
   *
   * @param arena frees it when closed
   * @throws OutOfMemoryError the C library has none
   */
  @SuppressWarnings("restricted")
  static MemorySegment allocate(long bytes, Arena arena) {
    if (ALLOCATE.isEmpty() || FREE.isEmpty()) {
      return ZeroedMemory.allocate(bytes, arena);
    }
    long whole = Math.ceilDiv(Math.max(1, bytes), PAGE) * PAGE;
    MemorySegment start = aligned(ALLOCATE.get(), whole);
    if (start.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("no " + bytes + " bytes of native memory");
    }
    MethodHandle free = FREE.get();
    MemorySegment all = start.reinterpret(whole, arena, memory -> free(free, start));
    advise(all);
    return all.asSlice(0, bytes);
  }

  // Advice only: a system that has no such pages goes on with its own.
  private static void advise(MemorySegment memory) {
    if (LINUX && ADVISE.isPresent()) {
      try {
        int refused = (int) ADVISE.get().invokeExact(memory, memory.byteSize(), ADVICE);
        if (refused != 0) {
          System.getLogger(HugePages.class.getName())
              .log(System.Logger.Level.DEBUG, "weights are on small pages");
        }
      } catch (Throwable thrown) {
        throw new AssertionError("madvise throws nothing", thrown);
      }
    }
  }

  private static MemorySegment aligned(MethodHandle allocate, long bytes) {
    try {
      return (MemorySegment) allocate.invokeExact(PAGE, bytes);
    } catch (Throwable thrown) {
      throw new AssertionError("aligned_alloc throws nothing", thrown);
    }
  }

  private static void free(MethodHandle free, MemorySegment memory) {
    try {
      free.invokeExact(memory);
    } catch (Throwable thrown) {
      throw new AssertionError("free throws nothing", thrown);
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.defaultLookup().find(name).map(at -> linker.downcallHandle(at, descriptor));
  }
}
