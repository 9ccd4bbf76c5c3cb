package io.lorikeet.gpu.forward;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.util.IdentityHashMap;
import java.util.stream.IntStream;

/** Packs matrices of a plan on the host, one after the other, on all cores. */
final class Packing {
  private static final int PARTS = 64; // of a matrix: several for each core

  private final IdentityHashMap<Matrix, WeightPlan.Entry> entries = new IdentityHashMap<>();
  private final Kernels kernels;

  Packing(WeightPlan plan, Kernels kernels) {
    this.kernels = kernels;
    plan.entries().forEach(entry -> entries.put(entry.matrix(), entry));
  }

  boolean packs(Matrix matrix) {
    return entries.containsKey(matrix);
  }

  /**
   * A matrix of the plan.
   *
   * @param arena for all threads
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds
   */
  QuantizedMatrix pack(Matrix matrix, Arena arena) {
    WeightPlan.Entry entry = entries.get(matrix);
    if (entry == null) {
      throw new IllegalArgumentException("the matrix is not in the plan");
    }
    var packed = QuantizedMatrix.allocate(entry.format(), matrix.rows(), matrix.cols(), arena);
    int groups = QuantizedMatrix.groups(matrix.rows());
    try {
      IntStream.range(0, PARTS)
          .parallel()
          .forEach(
              part -> kernels.pack(matrix, packed, begin(groups, part), begin(groups, part + 1)));
    } catch (IllegalArgumentException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, entry.name() + ": " + e.getMessage(), e);
    }
    return packed;
  }

  private static int begin(int groups, int part) {
    return (int) ((long) groups * part / PARTS);
  }
}
