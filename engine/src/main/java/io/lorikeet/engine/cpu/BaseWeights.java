package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.engine.step.WeightTypes;
import io.lorikeet.kernels.DType;
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
  private final IdentityHashMap<Matrix, Weight> held = new IdentityHashMap<>(); // not as stored
  private final Input.Rounding rounding;

  /**
   * Packs what is to be packed, in parallel, or finds it packed already, and copies the rest unless
   * settings or memory keep it mapped.
   *
   * @param freeBytes memory that the machine can give
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds, a
   *     name that matches no matrix, or BF16 numerics that have no such matrix or no fast kernels
   */
  BaseWeights(
      LoadedModel model,
      EngineSettings settings,
      Kernels kernels,
      WorkerPool pool,
      long freeBytes) {
    try {
      WeightPlan plan = WeightPlan.of(model.weights(), model.spec(), settings);
      boolean exact = settings.numerics() == Numerics.EXACT;
      rounding = rounding(model, settings.numerics(), kernels, plan);
      if (!plan.entries().isEmpty()) {
        MemorySegment memory = memory(model, settings, plan, kernels, pool, freeBytes);
        for (WeightPlan.Entry entry : plan.entries()) {
          QuantizedMatrix matrix = WeightPacking.matrix(entry, memory);
          held.put(entry.matrix(), exact ? new Weight.Exact(matrix) : new Weight.Quantized(matrix));
        }
      }
      WeightCopies copies = new WeightCopies(arena, pool);
      if (settings.weightsMemory().copies(WeightCopies.bytes(plan.stored()), freeBytes)) {
        copies.of(plan.stored()).forEach(copy -> held.put(copy.mapped(), stored(copy.own())));
      }
    } catch (RuntimeException | Error thrown) {
      arena.close();
      throw thrown;
    }
  }

  private static Input.Rounding rounding(
      LoadedModel model, Numerics numerics, Kernels kernels, WeightPlan plan) {
    if (numerics == Numerics.BF16) {
      requireBf16(model, kernels);
      return Input.Rounding.BF16;
    }
    return numerics == Numerics.EXACT || plan.entries().isEmpty()
        ? Input.Rounding.NONE
        : Input.Rounding.INT8;
  }

  private static void requireBf16(LoadedModel model, Kernels kernels) {
    if (!kernels.bf16Absence().isEmpty()) {
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "`engine.numerics` bf16 needs a CPU that multiplies BF16, and C kernels: use exact. Given: bf16 where "
              + kernels.bf16Absence());
    }
    if (WeightTypes.stored(model).noneMatch(DType.BF16::equals)) {
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "`engine.numerics` bf16 needs matrices in BF16: use exact. Given: bf16 for a model in "
              + WeightTypes.storedName(model));
    }
  }

  private MemorySegment memory(
      LoadedModel model,
      EngineSettings settings,
      WeightPlan plan,
      Kernels kernels,
      WorkerPool pool,
      long freeBytes) {
    WeightCache cache = new WeightCache(settings.weightsCache(), model, plan);
    Optional<MemorySegment> found = cache.find(kernels, pool, arena);
    if (found.isPresent()) {
      return settings.weightsMemory().copies(plan.packedBytes(), freeBytes)
          ? new WeightCopies(arena, pool).of(found.get())
          : found.get();
    }
    MemorySegment memory = HugePages.allocate(plan.packedBytes(), arena);
    new WeightPacking(plan, kernels, pool).into(memory);
    cache.keep(memory, pool);
    return memory.asReadOnly();
  }

  /** As it is multiplied with. */
  Weight of(Matrix matrix) {
    Weight weight = held.get(matrix);
    return weight == null ? stored(matrix) : weight;
  }

  private Weight stored(Matrix matrix) {
    return rounding == Input.Rounding.BF16 && matrix.dtype() == DType.BF16
        ? new Weight.Bf16(matrix)
        : new Weight.Stored(matrix);
  }

  /** A panel as the input of projections, experts or the head. */
  Input input(Panel panel) {
    return Input.of(panel, rounding);
  }

  /** Whether {@link #input} must be quantised before it is used. */
  boolean quantizes() {
    return rounding != Input.Rounding.NONE;
  }

  @Override
  public void close() {
    arena.close();
  }
}
