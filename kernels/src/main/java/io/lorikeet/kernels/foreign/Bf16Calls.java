package io.lorikeet.kernels.foreign;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.lorikeet.kernels.Bf16Rows;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/** The functions of {@code calls.c} that only x86-64 has, as {@link Calls} has the others. */
@SuppressWarnings("restricted") // calling C is what this class is for
final class Bf16Calls {
  private static final MethodHandle PRESENT =
      Calls.handle("lorikeet_has_bf16", FunctionDescriptor.of(JAVA_INT));

  private static final MethodHandle ROUND =
      Calls.handle(
          "lorikeet_round_bf16",
          FunctionDescriptor.ofVoid(Calls.layouts("AiiAii")),
          Linker.Option.critical(true));

  private static final MethodHandle MATMUL =
      Calls.handle(
          "lorikeet_matmul_bf16",
          FunctionDescriptor.ofVoid(Calls.layouts("JiiiAiAAiiAii")),
          Linker.Option.critical(true));

  private Bf16Calls() {}

  /** Whether the CPU has what {@link #round} and {@link #matmul} need. */
  static boolean present() {
    try {
      return (int) PRESENT.invokeExact() != 0;
    } catch (Throwable e) {
      throw Calls.unexpected(e);
    }
  }

  static void round(float[] x, int xOffset, int width, Bf16Rows to, int row) {
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      ROUND.invokeExact(
          arrays.of(x), xOffset, width, arrays.of(to.values()), row * to.stride(), to.stride());
    } catch (Throwable e) {
      throw Calls.unexpected(e);
    }
  }

  static void matmul(
      MemorySegment w,
      int cols,
      int rowBegin,
      int rowEnd,
      Bf16Rows x,
      int[] xRows,
      float[] y,
      int yStride,
      int yOffset,
      int[] yRows,
      int from,
      int to) {
    long weights = Calls.address(w);
    ArraySegments arrays = ArraySegments.ofThread();
    try {
      MATMUL.invokeExact(
          weights,
          cols,
          rowBegin,
          rowEnd,
          arrays.of(x.values()),
          x.stride(),
          arrays.of(xRows),
          arrays.of(y),
          yStride,
          yOffset,
          arrays.of(yRows),
          from,
          to);
    } catch (Throwable e) {
      throw Calls.unexpected(e);
    } finally {
      Reference.reachabilityFence(w);
    }
  }
}
