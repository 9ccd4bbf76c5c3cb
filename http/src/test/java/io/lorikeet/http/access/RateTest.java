package io.lorikeet.http.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void aMinutesRequestsMayComeAtOnceAndThenAsTheyFlowIn() {
    Rate rate = new Rate(6, 0);
    for (int i = 0; i < 6; i++) {
      assertEquals(0, rate.take(0), "request " + i);
    }

    assertEquals(10 * SECOND, rate.take(0));
    assertEquals(4 * SECOND, rate.take(6 * SECOND));
    assertEquals(0, rate.take(10 * SECOND));
    assertEquals(10 * SECOND, rate.take(10 * SECOND));
  }

  @Test
  void whatIsNotUsedIsNotSavedBeyondAMinute() {
    Rate rate = new Rate(2, 0);

    assertEquals(0, rate.take(1000 * SECOND));
    assertEquals(0, rate.take(1000 * SECOND));
    assertTrue(rate.take(1000 * SECOND) > 0);
  }
}
