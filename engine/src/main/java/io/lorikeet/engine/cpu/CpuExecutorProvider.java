package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;

/** The device {@code cpu}, which every machine has. */
public final class CpuExecutorProvider implements ExecutorProvider {
  static final String DEVICE = "cpu";

  @Override
  public String device() {
    return DEVICE;
  }

  @Override
  public Availability availability() {
    return new Availability("");
  }

  @Override
  public Executor open(LoadedModel model, EngineSettings settings) {
    return CpuExecutor.open(model, settings, kernels(settings.kernels()));
  }

  @Override
  public long freeBytes() {
    return FreeMemory.bytes();
  }

  @Override
  public MemoryNeed memoryNeed(LoadedModel model, EngineSettings settings) {
    return new MemoryNeed(
        WeightPlan.of(model.weights(), model.spec(), settings).bytes(model.weights()),
        Workspace.bytes(model.spec(), settings.rowsMax()),
        KvCache.blockBytes(model.spec()),
        KvHead.TOKENS);
  }

  @Override
  public int kvBlocks(LoadedModel model, EngineSettings settings, long freeBytes) {
    return MemoryPlan.of(model, settings, freeBytes).kvBlocks();
  }

  @Override
  public String remark(EngineSettings settings) {
    String absence = settings.kernels().equals("auto") ? NativeKernels.absence() : "";
    return absence.isEmpty() ? "" : absence + ": the slower kernels on the Vector API are used";
  }

  // Scalar kernels are for comparisons: nobody gets them without asking.
  static Kernels kernels(String name) {
    return switch (name) {
      case "auto" ->
          NativeKernels.absence().isEmpty() ? NativeKernels.preferred() : VectorKernels.preferred();
      case "native" -> NativeKernels.preferred();
      case "vector" -> VectorKernels.preferred();
      case "scalar" -> new ScalarKernels();
      default ->
          throw new IllegalArgumentException(
              "`engine.kernels` must be auto, native, vector or scalar. Given: " + name);
    };
  }
}
