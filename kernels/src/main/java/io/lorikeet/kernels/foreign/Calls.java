package io.lorikeet.kernels.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lorikeet.kernels.Int8Rows;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/**
 * The functions of {@code calls.c} that every platform has. Static, so that the compiler sees
 * through them. Only for where {@link NativeLibrary} is loaded.
 *
 * <p>Calls that read Java arrays are <i>critical</i>: the collector waits for their end, so each
 * must be short.
 */
@SuppressWarnings("restricted") // calling C is what this class is for
final class Calls {
  private static final SymbolLookup SYMBOLS = ((NativeLibrary.Loaded) NativeLibrary.ONLY).symbols();

  private static final MethodHandle CPU =
      Linker.nativeLinker()
          .downcallHandle(SYMBOLS.findOrThrow("lorikeet_cpu"), FunctionDescriptor.of(JAVA_INT));

  private static final MethodHandle MATMUL =
      handle(
          "lorikeet_matmul",
          FunctionDescriptor.ofVoid(layouts("iiJiiiAiAAiiAii")),
          Linker.Option.critical(true));

  private static final MethodHandle EXPAND =
      handle(
          "lorikeet_expand",
          FunctionDescriptor.ofVoid(layouts("iiJiiiAiiAiiAAii")),
          Linker.Option.critical(true));

  private static final MethodHandle QUANTIZE =
      handle(
          "lorikeet_quantize",
          FunctionDescriptor.ofVoid(layouts("iAiiAiAAii")),
          Linker.Option.critical(true));

  private static final MethodHandle MATMUL_INT8 =
      handle(
          "lorikeet_matmul_int8",
          FunctionDescriptor.ofVoid(layouts("iiJiiiAiAAiAAiiAii")),
          Linker.Option.critical(true));

  private static final MethodHandle MATMUL_EXACT =
      handle(
          "lorikeet_matmul_exact",
          FunctionDescriptor.ofVoid(layouts("iiJiiiAiAAiiAii")),
          Linker.Option.critical(true));

  private static final MethodHandle PACK =
      handle("lorikeet_pack", FunctionDescriptor.of(JAVA_INT, layouts("iiiAiiAii")));

  private static final MethodHandle ATTENTION =
      handle("lorikeet_attention", FunctionDescriptor.ofVoid(layouts("iAJJJiAiiAiffAA")));

  private Calls() {}

  static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
    return Linker.nativeLinker().downcallHandle(SYMBOLS.findOrThrow(name), type, options);
  }

  // One letter a parameter: i int, J long, f float, A address.
  static MemoryLayout[] layouts(String letters) {
    return letters
        .chars()
        .mapToObj(letter ->
            (MemoryLayout)
                switch (letter) {
                  case 'i' -> JAVA_INT;
                  case 'J' -> JAVA_LONG;
                  case 'f' -> JAVA_FLOAT;
                  case 'A' -> ADDRESS;
                  default -> throw new IllegalArgumentException(letters);
                })
        .toArray(MemoryLayout[]::new);
  }

  /** The instruction sets that the CPU has kernels for: 1 << number for each. */
  static int cpu() {
    try {
      return (int) CPU.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void matmul(
      int set,
      int type,
      MemorySegment w,
      int cols,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    long weights = address(w);
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      MATMUL.invokeExact(
          set,
          type,
          weights,
          cols,
          rowBegin,
          rowEnd,
          arrays.of(x),
          xStride,
          arrays.of(xRows),
          arrays.of(y),
          yStride,
          yOffset,
          arrays.of(yRows),
          from,
          to);
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  static void expand(
      int set,
      int type,
      MemorySegment b,
      int rank,
      int outBegin,
      int outEnd,
      float[] h,
      int hStride,
      int hOffset,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      float[] weights,
      int from,
      int to) {
    long factors = address(b);
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      EXPAND.invokeExact(
          set,
          type,
          factors,
          rank,
          outBegin,
          outEnd,
          arrays.of(h),
          hStride,
          hOffset,
          arrays.of(y),
          yStride,
          yOffset,
          arrays.of(yRows),
          arrays.of(weights),
          from,
          to);
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      Reference.reachabilityFence(b);
    }
  }

  static void quantize(int set, float[] x, int xOffset, int width, Int8Rows to, int row) {
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      QUANTIZE.invokeExact(
          set,
          arrays.of(x),
          xOffset,
          width,
          arrays.of(to.values()),
          row * to.stride(),
          arrays.of(to.scales()),
          arrays.of(to.sums()),
          row * to.blocks(),
          to.blocks());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void matmulInt8(
      int set,
      int q4,
      MemorySegment w,
      int units,
      int rowBegin,
      int rowEnd,
      Int8Rows x,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    long weights = address(w);
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      MATMUL_INT8.invokeExact(
          set,
          q4,
          weights,
          units,
          rowBegin,
          rowEnd,
          arrays.of(x.values()),
          x.stride(),
          arrays.of(x.scales()),
          arrays.of(x.sums()),
          x.blocks(),
          arrays.of(xRows),
          arrays.of(y),
          yStride,
          yOffset,
          arrays.of(yRows),
          from,
          to);
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  static void matmulExact(
      int set,
      int q4,
      MemorySegment w,
      int cols,
      int rowBegin,
      int rowEnd,
      float[] x,
      int xStride,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    long weights = address(w);
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      MATMUL_EXACT.invokeExact(
          set,
          q4,
          weights,
          cols,
          rowBegin,
          rowEnd,
          arrays.of(x),
          xStride,
          arrays.of(xRows),
          arrays.of(y),
          yStride,
          yOffset,
          arrays.of(yRows),
          from,
          to);
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  /** A row whose scale F16 does not hold, or -1. */
  static int pack(
      int set,
      int q4,
      int type,
      MemorySegment w,
      int rows,
      int cols,
      MemorySegment to,
      int groupBegin,
      int groupEnd) {
    try {
      return (int) PACK.invokeExact(set, q4, type, w, rows, cols, to, groupBegin, groupEnd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void attention(
      int set,
      MemorySegment cache,
      long blockStride,
      long keyOffset,
      long valueOffset,
      int headDim,
      MemorySegment blocks,
      int start,
      int length,
      MemorySegment q,
      int heads,
      float scale,
      float softCap,
      MemorySegment slopes,
      MemorySegment out) {
    try {
      ATTENTION.invokeExact(
          set,
          cache,
          blockStride,
          keyOffset,
          valueOffset,
          headDim,
          blocks,
          start,
          length,
          q,
          heads,
          scale,
          softCap,
          slopes,
          out);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  // A number and not a segment, whose arena each call would have to hold open.
  static long address(MemorySegment weights) {
    if (!weights.isNative() || !weights.scope().isAlive()) {
      throw new IllegalArgumentException("weights must be native memory that is alive");
    }
    return weights.address();
  }

  static AssertionError unexpected(Throwable e) {
    return new AssertionError("a call into the C kernels failed", e);
  }
}
