package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorContract;
import java.util.Random;

/** The CPU executor does what every executor does. */
final class CpuContractTest extends ExecutorContract {
  private static final LoadedModel MODEL = TestModels.model("llama");

  @Override
  protected Executor open() {
    return TestModels.open(MODEL, 2, CpuExecutorProvider.kernels("auto"));
  }

  @Override
  protected AdapterImage adapter(int number) {
    Random random = new Random(number);
    return number == 1
        ? TestAdapters.scaling(MODEL.spec(), random)
        : TestAdapters.plain(MODEL.spec(), random);
  }
}
