package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.DeviceSpeed;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Gpu;
import io.lorikeet.gpu.forward.ForwardPass;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.Optional;

/** The device {@code cuda}: the first GPU that the driver shows. */
public final class CudaExecutorProvider implements ExecutorProvider {
  static final String DEVICE = "cuda";

  private final Optional<KernelImage> image;

  public CudaExecutorProvider() {
    this(KernelImage.ofBuild());
  }

  CudaExecutorProvider(Optional<KernelImage> image) {
    this.image = image;
  }

  @Override
  public String device() {
    return DEVICE;
  }

  @Override
  public Availability availability() {
    if (image.isEmpty()) {
      return new Availability("this build has no kernels for GPUs: it was made without nvcc");
    }
    return switch (Gpu.find(image.get().toolkit())) {
      case Gpu.Search.Found found -> new Availability("");
      case Gpu.Search.Missing missing -> new Availability(missing.reason());
    };
  }

  @Override
  public String refusal(LoadedModel model, EngineSettings settings) {
    try {
      Support.check(model.spec(), settings);
      return "";
    } catch (LorikeetException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Override
  public Executor open(LoadedModel model, EngineSettings settings) {
    return CudaExecutor.open(model, settings, samplers(), gpu(), image.orElseThrow().fatbin());
  }

  @Override
  public long freeBytes() {
    try (Context context = Context.open(gpu())) {
      return context.freeBytes();
    }
  }

  @Override
  public MemoryNeed memoryNeed(LoadedModel model, EngineSettings settings) {
    return new MemoryNeed(
        DevicePlan.weightBytes(model, settings),
        DevicePlan.workspaceBytes(model.spec(), settings),
        ForwardPass.kvBlockBytes(model.spec()),
        KvHead.TOKENS);
  }

  @Override
  public int kvBlocks(LoadedModel model, EngineSettings settings, long freeBytes) {
    return DevicePlan.of(model, settings, freeBytes).kvBlocks();
  }

  @Override
  public Optional<DeviceSpeed> speed() {
    return Optional.of(DeviceProbe.measure(gpu(), image.orElseThrow().fatbin()));
  }

  private Gpu gpu() {
    return switch (Gpu.find(image.orElseThrow().toolkit())) {
      case Gpu.Search.Found found -> found.gpu();
      case Gpu.Search.Missing missing -> throw new IllegalStateException(missing.reason());
    };
  }

  private static Kernels samplers() {
    return NativeKernels.absence().isEmpty()
        ? NativeKernels.preferred()
        : VectorKernels.preferred();
  }
}
