package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Optional;

/** The base's matrices as the executor multiplies with them: as stored, or packed by a plan. */
final class BaseWeights implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final IdentityHashMap<Matrix, Weight> packed = new IdentityHashMap<>();
  private final boolean quantizesInputs;

  /**
   * Packs what is to be packed, in parallel, or finds it packed already.
   *
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds or a
   *     name that matches no matrix
   */
  BaseWeights(LoadedModel model, EngineSettings settings, Kernels kernels, WorkerPool pool) {
    try {
      if (settings.numerics() == Numerics.BF16) {
        throw new LorikeetException(
            ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
            "`engine.numerics` must be auto, exact or int8 on this executor. Given: bf16");
      }
      WeightPlan plan = WeightPlan.of(model.weights(), model.spec(), settings);
      boolean exact = settings.numerics() == Numerics.EXACT;
      quantizesInputs = !exact && !plan.entries().isEmpty();
      if (!plan.entries().isEmpty()) {
        MemorySegment memory = memory(model, settings, plan, kernels, pool);
        for (WeightPlan.Entry entry : plan.entries()) {
          QuantizedMatrix matrix = WeightPacking.matrix(entry, memory);
          packed.put(
              entry.matrix(), exact ? new Weight.Exact(matrix) : new Weight.Quantized(matrix));
        }
      }
    } catch (RuntimeException | Error thrown) {
      arena.close();
      throw thrown;
    }
  }

  private MemorySegment memory(
      LoadedModel model,
      EngineSettings settings,
      WeightPlan plan,
      Kernels kernels,
      WorkerPool pool) {
    WeightCache cache = new WeightCache(settings.weightsCache(), model, plan);
    Optional<MemorySegment> found = cache.find(kernels, pool, arena);
    if (found.isPresent()) {
      return found.get();
    }
    MemorySegment memory = HugePages.allocate(plan.packedBytes(), arena);
    new WeightPacking(plan, kernels, pool).into(memory);
    cache.keep(memory, pool);
    return memory.asReadOnly();
  }

  /** As it is multiplied with. */
  Weight of(Matrix matrix) {
    Weight weight = packed.get(matrix);
    return weight == null ? new Weight.Stored(matrix) : weight;
  }

  /** A panel as the input of projections, experts or the head. */
  Input input(Panel panel) {
    return quantizesInputs ? Input.int8(panel) : Input.exact(panel);
  }

  /** Whether {@link #input} must be quantised before it is used. */
  boolean quantizes() {
    return quantizesInputs;
  }

  @Override
  public void close() {
    arena.close();
  }
}
