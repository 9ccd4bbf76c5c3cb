package io.lorikeet.engine.cpu;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;

/**
 * Packs the matrices of a plan into one piece of memory, by all workers, and says how far it is.
 */
final class WeightPacking {
  private static final System.Logger LOG = System.getLogger(WeightPacking.class.getName());
  private static final long LINE_NANOS = 2_000_000_000L; // between two lines of progress

  private final WeightPlan plan;
  private final Kernels kernels;
  private final WorkerPool pool;

  WeightPacking(WeightPlan plan, Kernels kernels, WorkerPool pool) {
    this.plan = plan;
    this.kernels = kernels;
    this.pool = pool;
  }

  /** The matrix of an entry in packed memory. */
  static QuantizedMatrix matrix(WeightPlan.Entry entry, MemorySegment packed) {
    return new QuantizedMatrix(
        packed.asSlice(entry.offset(), entry.bytes()),
        entry.format(),
        entry.matrix().rows(),
        entry.matrix().cols());
  }

  /**
   * Fills {@code packed [plan.packedBytes()]}.
   *
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds
   */
  void into(MemorySegment packed) {
    long begin = System.nanoTime();
    long line = begin;
    long total = plan.weights();
    long done = 0;
    for (WeightPlan.Entry entry : plan.entries()) {
      pack(entry, matrix(entry, packed));
      done += entry.weights();
      long now = System.nanoTime();
      if (now - line > LINE_NANOS) {
        line = now;
        LOG.log(Level.INFO, "packing weights: " + 100 * done / total + " %");
      }
    }
    LOG.log(
        Level.INFO,
        "packed %,d weights into %,d bytes in %.1f s"
            .formatted(total, plan.packedBytes(), (System.nanoTime() - begin) / 1e9));
  }

  private void pack(WeightPlan.Entry entry, QuantizedMatrix to) {
    int groups = QuantizedMatrix.groups(entry.matrix().rows());
    try {
      pool.run(part ->
          kernels.pack(entry.matrix(), to, pool.begin(groups, part), pool.end(groups, part)));
    } catch (IllegalArgumentException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, entry.name() + ": " + e.getMessage(), e);
    }
  }
}
