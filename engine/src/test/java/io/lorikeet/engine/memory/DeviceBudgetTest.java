package io.lorikeet.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.memory.DeviceBudget.Use;
import org.junit.jupiter.api.Test;

final class DeviceBudgetTest {
  private final DeviceBudget budget = new DeviceBudget(100);

  @Test
  void grantsUpToTheTotalAndNotAByteMore() {
    assertTrue(budget.grant(Use.KV, 60));
    assertFalse(budget.grant(Use.ADAPTERS, 41));
    assertEquals(40, budget.freeBytes());
    assertTrue(budget.grant(Use.ADAPTERS, 40));
    assertEquals(0, budget.freeBytes());
    assertTrue(budget.grant(Use.KV, 0));
  }

  @Test
  void reclaimedBytesAreGrantedAgain() {
    budget.grant(Use.KV, 100);
    budget.reclaim(Use.KV, 30);
    assertEquals(70, budget.grantedBytes(Use.KV));
    assertTrue(budget.grant(Use.ADAPTERS, 30));
    assertEquals(30, budget.grantedBytes(Use.ADAPTERS));
  }

  @Test
  void misuseIsAProgrammersError() {
    assertThrows(IllegalArgumentException.class, () -> new DeviceBudget(-1));
    assertThrows(IllegalArgumentException.class, () -> budget.grant(Use.KV, -1));
    budget.grant(Use.KV, 10);
    assertThrows(IllegalStateException.class, () -> budget.reclaim(Use.KV, 11));
    assertThrows(IllegalStateException.class, () -> budget.reclaim(Use.ADAPTERS, 1));
  }
}
