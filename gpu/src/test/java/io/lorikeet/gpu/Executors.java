package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.config.WeightMemory;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.gpu.driver.Gpu;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.Map;

/** CUDA executors on the fake driver, small enough for tests. */
final class Executors {
  /** Bytes of the device's memory that tests get along with. */
  static final long MEMORY = 64L << 20;

  private Executors() {}

  /** Rows enough for the longest prompt of the fixtures. */
  static final EngineSettings SETTINGS =
      new EngineSettings(1, "auto", "stored", 64, 8 << 20, 0, 16, 64);

  /** As {@link #SETTINGS}, every kernel on its own. */
  static final EngineSettings EAGER = settings("stored", Numerics.AUTO, Map.of());

  /** As {@link #EAGER}, with weights that are packed. */
  static EngineSettings settings(String weights, Numerics numerics, Map<String, String> of) {
    return new EngineSettings(
        1,
        "auto",
        weights,
        numerics,
        of,
        WeightCacheSettings.OFF,
        WeightMemory.AUTO,
        64,
        8 << 20,
        0,
        16,
        64,
        false);
  }

  /** Opens one on the device as it is configured, with all graphs that the settings want. */
  static CudaExecutor open(LoadedModel model) throws Exception {
    return open(model, SETTINGS);
  }

  static CudaExecutor open(LoadedModel model, EngineSettings settings) throws Exception {
    CudaExecutor executor = opening(model, settings);
    executor.awaitGraphs(); // so that it is always the same steps that have some
    return executor;
  }

  /** Opens one whose graphs are still being recorded. */
  static CudaExecutor opening(LoadedModel model, EngineSettings settings) throws Exception {
    Gpu gpu = assertInstanceOf(Gpu.Search.Found.class, Gpu.find(13000)).gpu();
    return CudaExecutor.open(model, settings, new ScalarKernels(), gpu, FakeDriver.kernels());
  }
}
