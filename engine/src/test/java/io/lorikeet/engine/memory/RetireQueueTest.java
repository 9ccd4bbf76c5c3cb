package io.lorikeet.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class RetireQueueTest {
  private final RetireQueue queue = new RetireQueue(3);

  @Test
  void placeLeavesWhenItsStepWasTaken() {
    queue.add(5, 2);
    queue.add(6, 3);
    assertFalse(queue.ready(1));
    assertTrue(queue.ready(2));
    assertEquals(5, queue.poll());
    assertFalse(queue.ready(2));
    assertTrue(queue.ready(3));
    assertEquals(6, queue.poll());
    assertFalse(queue.ready(99));
  }

  @Test
  void earlierStepBehindALaterOneWaitsForBoth() {
    queue.add(5, 4);
    queue.add(6, 1);
    assertFalse(queue.ready(3));
    assertTrue(queue.ready(4));
    queue.poll();
    assertTrue(queue.ready(4));
  }

  @Test
  void ringGoesRoundAndIsBounded() {
    for (int i = 0; i < 10; i++) {
      queue.add(i, i);
      assertEquals(i, queue.poll());
    }
    queue.add(1, 1);
    queue.add(2, 1);
    queue.add(3, 1);
    assertEquals(3, queue.size());
    assertThrows(IllegalStateException.class, () -> queue.add(4, 1));
    assertThrows(IllegalStateException.class, () -> new RetireQueue(1).poll());
  }
}
