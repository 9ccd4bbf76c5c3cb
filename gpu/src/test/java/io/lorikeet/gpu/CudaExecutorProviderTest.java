package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.DeviceSpeed;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The provider on the fake driver, with an image that only the driver looks into. */
final class CudaExecutorProviderTest {
  private static final LoadedModel MODEL = TestModels.model("llama-tied-rope3");

  private FakeDriver driver;
  private ExecutorProvider provider;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    driver.configure("mode=lazy,memory=" + Executors.MEMORY);
    provider =
        new CudaExecutorProvider(
            Optional.of(new KernelImage(FakeDriver.kernels(), 13000, "of the tests")));
  }

  @Test
  void itIsAvailableWhereThereIsAGpu() {
    assertEquals("cuda", provider.device());
    assertEquals("", provider.availability().reason());

    driver.configure("devices=0");

    assertEquals("the NVIDIA driver shows no GPU", provider.availability().reason());
  }

  @Test
  void theDeviceIsMeasuredAndNothingOfItStays() {
    long before = driver.counts().deviceBytes();

    DeviceSpeed speed = provider.speed().orElseThrow();

    assertTrue(speed.emulated());
    assertTrue(speed.device().startsWith("emulated sm_"), speed.device());
    for (double rate :
        List.of(
            speed.readBytesPerSecond(),
            speed.copyBytesPerSecond(),
            speed.uploadBytesPerSecond(),
            speed.launchNanos(),
            speed.replayNanos())) {
      assertTrue(rate > 0 && rate < 1e18, speed.toString());
    }
    // a warm-up and two rounds of reads, of launches, and of replays of as many
    int kernels = speed.replayKernels();
    assertEquals(3 + 3L * kernels + 3L * kernels, driver.counts().launches());
    assertEquals(3, driver.counts().graphs());
    assertEquals(before, driver.counts().deviceBytes());
    assertEquals("", driver.leaks());
  }

  @Test
  void aBuildWithoutNvccSaysSo() {
    assertEquals(
        "this build has no kernels for GPUs: it was made without nvcc",
        new CudaExecutorProvider(Optional.empty()).availability().reason());
  }

  @Test
  void memoryIsToldBeforeAnyIsTaken() {
    long before = driver.counts().deviceBytes();

    assertEquals(Executors.MEMORY, provider.freeBytes());
    MemoryNeed need = provider.memoryNeed(MODEL, Executors.SETTINGS);
    int blocks = provider.kvBlocks(MODEL, Executors.SETTINGS, provider.freeBytes());

    assertEquals(before, driver.counts().deviceBytes());
    assertEquals((8 << 20) / need.kvBlockBytes(), blocks);
    try (Executor executor = provider.open(MODEL, Executors.SETTINGS)) {
      assertEquals(blocks, executor.info().kvBlocks());
      long taken = driver.counts().deviceBytes() - before;
      long planned =
          need.weightBytes()
              + need.workspaceBytes()
              + blocks * need.kvBlockBytes()
              + executor.info().adapterBytes();
      assertTrue(taken >= planned, taken + " of " + planned);
      assertTrue(taken <= planned + planned / 64, taken + " of " + planned);
    }
  }

  @Test
  void itOpensAnExecutorThatAnswersAsTheCpuDoes() {
    Request request = Request.base(new int[] {4, 90, 33, 21}, 2);
    try (Executor cpu = new CpuExecutorProvider().open(MODEL, Executors.SETTINGS);
        Executor cuda = provider.open(MODEL, Executors.SETTINGS)) {
      answer(cuda, request).assertSameBits(answer(cpu, request), "on the device");
    }
  }

  private static Answer answer(Executor executor, Request request) {
    return new StepDriver(executor, new Random(3), left -> left).run(List.of(request)).getFirst();
  }
}
