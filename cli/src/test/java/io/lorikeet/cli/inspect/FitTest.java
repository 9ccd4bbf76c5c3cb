package io.lorikeet.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.spi.MemoryNeed;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FitTest {
  private static final MemoryNeed NEED = new MemoryNeed(700, 100, 32, 16);
  private static final Fit.TypicalAdapter ADAPTER = new Fit.TypicalAdapter(16, 30);

  @Test
  void adaptersHaveWhatWeightsWorkspaceAndCacheLeave() {
    // 1000 - 700 - 100 - 3 x 32 = 104
    assertEquals(new Fit(1000, 48, 96, 16, 30, 104, 3), fit(1000, settings(1 << 20, 100)));
  }

  @Test
  void theBudgetOfAdaptersBoundsThem() {
    assertEquals(new Fit(1000, 48, 96, 16, 30, 89, 2), fit(1000, settings(89, 100)));
    assertEquals(3, fit(1000, settings(90, 100)).adapters());
  }

  @Test
  void noMoreAdaptersFitThanMayBeRegistered() {
    assertEquals(2, fit(1000, settings(1 << 20, 2)).adapters());
  }

  @Test
  void oneByteLessIsOneAdapterLess() {
    assertEquals(3, fit(986, settings(1 << 20, 100)).adapters());
    assertEquals(2, fit(985, settings(1 << 20, 100)).adapters());
  }

  private static Fit fit(long memory, AdapterSettings settings) {
    return Fit.of(memory, NEED, 3, ADAPTER, settings);
  }

  private static AdapterSettings settings(long hostBytes, int registeredMax) {
    return new AdapterSettings(
        registeredMax, 1, hostBytes, 1, Duration.ofSeconds(1), 1, List.of(), Duration.ofSeconds(1));
  }
}
