package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.LoopDriver;
import io.lorikeet.engine.cpu.LoopRequest;
import io.lorikeet.engine.cpu.LoopWorkload;
import io.lorikeet.engine.spi.Executor;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The step loop over the emulated device: two steps in flight, prompts in pieces, draws of every
 * kind, adapters on their way, preemption and faults, against the CPU with each request by itself.
 */
final class CudaLoopTest {
  // Too few blocks for all that run, so that some are preempted.
  private static final EngineSettings SETTINGS =
      new EngineSettings(1, "auto", "stored", 16, 10 << 14, 8, 5);

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
  }

  private void configure(String settings) {
    driver.configure(settings + ",memory=" + Executors.MEMORY);
  }

  private static Executor executor() {
    try {
      return Executors.open(LoopWorkload.MODEL, SETTINGS);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void requestsOfEveryKindGiveTheBitsOfTheCpu(long seed) {
    Random random = new Random(seed);
    LoopWorkload workload = new LoopWorkload(random);
    List<LoopRequest> requests = workload.requests(12, 24, 6, random);
    List<Answer> expected = workload.alone(requests);
    configure(seed == 1 ? "mode=lazy" : "mode=random,seed=" + seed);
    try (LoopDriver loop =
        new LoopDriver(CudaLoopTest::executor, ScheduleSettings.DEFAULTS, workload.images)) {
      assertSame(expected, loop.run(requests, random), "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail-launch", "lose-launch"})
  void faultsInAnyStepShowInNoAnswer(String fault) {
    Random random = new Random(6);
    LoopWorkload workload = new LoopWorkload(random);
    List<LoopRequest> requests = workload.requests(6, 16, 4, random);
    List<Answer> expected = workload.alone(requests);
    FakeDriver.Counts before = driver.counts();
    configure("mode=lazy");
    long launches;
    try (LoopDriver loop =
        new LoopDriver(CudaLoopTest::executor, ScheduleSettings.DEFAULTS, workload.images)) {
      assertSame(expected, loop.run(requests), "without a fault");
      launches = driver.counts().launches();
    }
    for (int part = 0; part < 3; part++) {
      long at = 1 + part * (launches - 1) / 3;
      configure("mode=" + (part == 1 ? "eager" : "lazy") + "," + fault + "=" + at);
      AtomicInteger opened = new AtomicInteger();
      try (LoopDriver loop =
          new LoopDriver(
              () -> {
                if (opened.getAndIncrement() > 0) {
                  configure("mode=lazy"); // the device is well again
                }
                return executor();
              },
              ScheduleSettings.DEFAULTS,
              workload.images)) {
        assertSame(expected, loop.run(requests), fault + " of launch " + at);
        assertEquals(1, loop.losses(), fault + " of launch " + at);
      }
      assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
      assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
    }
  }

  private static void assertSame(List<Answer> expected, List<Answer> actual, String what) {
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertSameBits(expected.get(i), what + ", request " + i);
    }
  }
}
