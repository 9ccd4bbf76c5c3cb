package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.schedule.LoopState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final LoopState LOOP =
      new LoopState(1, 0, 0, 0, 0, 10, 9, 1, 0, 8, 4, 0, 0, 0, false);

  private final Health health = new Health();

  @Test
  void isNotReadyBeforeTheFirstExecutorIsOpen() {
    assertFalse(health.status(WITHIN, 0).ready());
  }

  @Test
  void isReadyWhileIdleForAnyTime() {
    health.step(LOOP, false, 0);

    assertTrue(health.status(WITHIN, Duration.ofDays(1).toNanos()).ready());
    assertEquals(LOOP, health.status(WITHIN, 0).loop());
  }

  @Test
  void isNotReadyWhenNoStepEndsForTooLongWhileThereIsWork() {
    health.step(LOOP, false, 0);
    long work = Duration.ofHours(1).toNanos();
    health.busy(work);
    health.busy(work + 1);

    assertTrue(health.status(WITHIN, work + WITHIN.toNanos()).ready());
    assertFalse(health.status(WITHIN, work + WITHIN.toNanos() + 1).ready());
    health.step(LOOP, true, work + WITHIN.toNanos() + 1);
    assertTrue(health.status(WITHIN, work + WITHIN.toNanos() + 2).ready());
  }

  @Test
  void saysWhatIsBrokenUntilTheNextStep() {
    health.broken("lost");
    assertEquals("lost", health.status(WITHIN, 0).reason());
    health.step(LOOP, false, 0);
    assertEquals("", health.status(WITHIN, 0).reason());
  }
}
