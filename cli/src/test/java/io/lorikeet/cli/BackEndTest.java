package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.config.Device;
import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The device that was asked for, or one line that says why it can't be had. */
final class BackEndTest {
  private final ExecutorProvider cuda = new Named("cuda");
  private final ExecutorProvider cpu = new Named("cpu");
  private final List<ExecutorProvider> both = List.of(cuda, cpu);

  /** A provider of which only the name is asked. */
  private record Named(String device) implements ExecutorProvider {
    @Override
    public Availability availability() {
      return new Availability("");
    }

    @Override
    public Executor open(LoadedModel model, EngineSettings settings) {
      throw new AssertionError("nobody opens it");
    }

    @Override
    public long freeBytes() {
      return 0;
    }

    @Override
    public MemoryNeed memoryNeed(LoadedModel model, EngineSettings settings) {
      return new MemoryNeed(0, 0, 0, 0);
    }

    @Override
    public int kvBlocks(LoadedModel model, EngineSettings settings, long freeBytes) {
      return 0;
    }
  }

  @Test
  void autoTakesTheFirstThatRaisesNoObjection() {
    assertSame(cuda, BackEnd.find(both, Device.AUTO, provider -> ""));
    assertSame(cpu, BackEnd.find(both, Device.AUTO, BackEndTest::noGpu));
  }

  @Test
  void aNamedDeviceIsTakenOrRefusedWithTheReason() {
    assertSame(cpu, BackEnd.find(both, Device.CPU, provider -> ""));
    assertSame(cuda, BackEnd.find(both, Device.CUDA, provider -> ""));

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> BackEnd.find(both, Device.CUDA, BackEndTest::noGpu));

    assertEquals("the device cuda can't be used: there is no GPU", refused.getMessage());
  }

  @Test
  void thisMachineAlwaysHasItsCpu() {
    assertEquals(CpuExecutorProvider.class, BackEnd.find(Device.CPU).getClass());
  }

  private static String noGpu(ExecutorProvider provider) {
    return provider.device().equals("cuda") ? "there is no GPU" : "";
  }
}
