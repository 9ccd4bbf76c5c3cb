package io.lorikeet.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulator sees mistakes: each case is a kernel with one, planted. */
final class PlantedMistakesTest {
  @ParameterizedTest
  @CsvSource({
    "forward, gemv-no-barrier, values are wrong",
    "reverse, gemv-no-barrier, values are wrong",
    "random, gemv-no-barrier, values are wrong",
    "forward, gemv-out-of-bounds, illegal address",
    "forward, gemv-divergent-shuffle, deadlock",
    "random, gemv-divergent-shuffle, deadlock",
    "forward, mma-weak-wait, values are wrong",
    "reverse, mma-weak-wait, values are wrong",
    "random, mma-weak-wait, values are wrong",
    "forward, wgmma-early-release, values are wrong",
    "reverse, wgmma-early-release, values are wrong",
    "random, wgmma-early-release, values are wrong",
  })
  void plainRunsSeeIt(String order, String planted, String seen) throws Exception {
    Emulator.Run run = Emulator.cases("suite", "threads=" + order, planted);

    assertEquals(1, run.status(), run.said());
    assertTrue(run.said().startsWith(planted + ": " + seen), run.said());
  }

  @ParameterizedTest
  @CsvSource({
    "gemv-no-barrier, gemv.cu:",
    "gemv-relaxed-counter, gemv.cu:",
    "mma-weak-wait, mma_tile.cu:",
    "wgmma-early-release, wgmma_tile.cu:"
  })
  void theRaceCheckerNamesTheKernelsLine(String planted, String line) throws Exception {
    Emulator.Run run = Emulator.cases("suite-races", planted);

    assertEquals(66, run.status(), run.said());
    assertTrue(run.said().contains("WARNING: ThreadSanitizer: data race"), run.said());
    assertTrue(run.said().contains(line), run.said());
  }

  @ParameterizedTest
  @ValueSource(strings = "gemv-out-of-bounds")
  void theAddressCheckerNamesTheKernelsLine(String planted) throws Exception {
    Emulator.Run run = Emulator.cases("suite-addresses", planted);

    assertEquals(67, run.status(), run.said());
    assertTrue(run.said().contains("ERROR: AddressSanitizer"), run.said());
    assertTrue(run.said().contains("gemv.cu:"), run.said());
  }
}
