package io.lorikeet.kernels.foreign;

import io.lorikeet.kernels.Bf16Rows;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Whether the CPU multiplies BF16 as it is defined. Makers write down the order of vdpbf16ps's sums
 * but have no test of it, so some products of any bits are compared first.
 */
final class Bf16Instructions {
  /** Why there are none, in words for an operator; empty where there are. */
  static final String ABSENCE = absence();

  static final boolean PRESENT = ABSENCE.isEmpty();

  private static final int ROWS = 64;
  private static final int COLS = 32;

  private Bf16Instructions() {}

  private static String absence() {
    if (!Bf16Calls.present()) {
      return "the CPU lacks AVX512_BF16";
    }
    return areAsDefined() ? "" : "the CPU's AVX512_BF16 rounds otherwise than it is defined";
  }

  private static boolean areAsDefined() {
    SplittableRandom random = new SplittableRandom(1);
    Bf16Rows x = Bf16Rows.allocate(ROWS, COLS);
    for (int i = 0; i < x.values().length; i++) {
      x.values()[i] = (short) random.nextInt();
    }
    int[] all = new int[ROWS];
    Arrays.setAll(all, i -> i);
    float[] expected = new float[ROWS * ROWS];
    float[] actual = new float[ROWS * ROWS];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bits = arena.allocate(2L * ROWS * COLS, 64);
      bits.copyFrom(MemorySegment.ofArray(random.ints((long) ROWS * COLS / 2).toArray()));
      Matrix w = new Matrix(bits, DType.BF16, ROWS, COLS);
      x.multiply(w, 0, ROWS, all, expected, ROWS, 0, all, 0, ROWS);
      Bf16Calls.matmul(w.data(), COLS, 0, ROWS, x, all, actual, ROWS, 0, all, 0, ROWS);
    }
    return Arrays.equals(expected, actual);
  }
}
