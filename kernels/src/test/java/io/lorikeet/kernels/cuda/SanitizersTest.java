package io.lorikeet.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No race and no stray access in sound kernels; more orders with {@code -Dlorikeet.soak=true}. */
final class SanitizersTest {
  static Stream<String> orders() {
    Stream<String> once = Stream.of("threads=forward");
    return Emulator.SOAK ? Stream.concat(once, EmulatedKernelsTest.orders()) : once;
  }

  @ParameterizedTest
  @MethodSource("orders")
  void noRaces(String order) throws Exception {
    clean("suite-races", order);
  }

  @ParameterizedTest
  @MethodSource("orders")
  void noStrayAccesses(String order) throws Exception {
    clean("suite-addresses", order);
  }

  @ParameterizedTest
  @ValueSource(strings = {"suite-races", "suite-addresses"})
  void theEmulatorItselfIsClean(String target) throws Exception {
    Emulator.Run run =
        Emulator.cases(target, EmulatedKernelsTest.words("seed=1", EmulatedKernelsTest.CHECKS));

    assertEquals(0, run.status(), run.said());
  }

  private static void clean(String target, String order) throws Exception {
    Emulator.Run run =
        Emulator.cases(target, EmulatedKernelsTest.words(order, EmulatedKernelsTest.SOUND));

    assertEquals(0, run.status(), run.said());
  }
}
