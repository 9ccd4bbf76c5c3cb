package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.cpu.TestAdapters;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorContract;
import java.util.Random;
import org.junit.jupiter.api.Nested;

/** The CUDA executor does what every executor does, in any order of its streams. */
final class CudaContractTest {
  private static final LoadedModel MODEL = TestModels.model("llama");

  abstract static class Cuda extends ExecutorContract {
    private final String mode;
    private final EngineSettings settings;

    Cuda(String mode, EngineSettings settings) {
      this.mode = mode;
      this.settings = settings;
    }

    @Override
    protected Executor open() {
      try {
        FakeDriver.open().configure(mode + ",memory=" + Executors.MEMORY);
        return Executors.open(MODEL, settings);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Override
    protected AdapterImage adapter(int number) {
      Random random = new Random(number);
      return number == 1
          ? TestAdapters.scaling(MODEL.spec(), random)
          : TestAdapters.plain(MODEL.spec(), random);
    }
  }

  @Nested
  final class Lazy extends Cuda {
    Lazy() {
      super("mode=lazy", Executors.SETTINGS);
    }
  }

  @Nested
  final class WithoutGraphs extends Cuda {
    WithoutGraphs() {
      super("mode=lazy", Executors.EAGER);
    }
  }

  @Nested
  final class RandomOrder extends Cuda {
    RandomOrder() {
      super("mode=random,seed=9,simt=threads=random;blocks=random;seed=9", Executors.SETTINGS);
    }
  }
}
