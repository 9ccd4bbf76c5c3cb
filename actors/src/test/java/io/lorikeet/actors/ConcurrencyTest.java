package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConcurrencyTest {
  private final Concurrency concurrency =
      new Concurrency(
          SettingsReader.read(
                  Optional.empty(),
                  Map.of(
                      "access.keys.two.key", "a",
                      "access.keys.two.concurrent-max", 2,
                      "access.keys.free.key", "b"))
              .access());

  @Test
  void aPrincipalHasSoManyRequestsAtOnceAndTheNextWhenOneEnded() {
    concurrency.begin("two");
    concurrency.begin("two");
    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> concurrency.begin("two"));
    assertEquals(ErrorCode.CONCURRENCY_LIMITED, refused.code());

    concurrency.end("two");
    assertDoesNotThrow(() -> concurrency.begin("two"));
    assertThrows(LorikeetException.class, () -> concurrency.begin("two"));
  }

  @Test
  void othersAreNotHeldBack() {
    concurrency.begin("two");
    concurrency.begin("two");
    for (int i = 0; i < 100; i++) {
      concurrency.begin("free");
      concurrency.begin("anonymous");
    }
  }
}
