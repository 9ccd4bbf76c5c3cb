package io.lorikeet.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BlockPoolTest {
  private final BlockPool pool = new BlockPool(3, 0);

  @Test
  void blockIsFreeAgainOnlyWhenItsLastStepWasTaken() {
    int block = pool.allocate();
    pool.release(block, 7);
    assertEquals(1, pool.retiring());
    pool.taken(6);
    assertEquals(1, pool.retiring());
    pool.taken(7);
    assertEquals(0, pool.retiring());
    assertEquals(3, pool.free());
  }

  @Test
  void blockWhoseLastStepWasTakenBeforeIsFreeAtOnce() {
    pool.taken(7);
    pool.release(pool.allocate(), 7);
    assertEquals(3, pool.free());
  }

  @Test
  void sharedBlockRetiresWithItsLastReference() {
    int block = pool.allocate();
    pool.share(block);
    pool.release(block, 1);
    assertEquals(1, pool.used());
    pool.release(block, 2);
    assertEquals(0, pool.used());
    assertEquals(1, pool.retiring());
  }

  @Test
  void misuseIsAProgrammersError() {
    assertThrows(IllegalStateException.class, () -> pool.release(0, 0));
    assertThrows(IllegalStateException.class, () -> pool.share(0));
    for (int i = 0; i < 3; i++) {
      pool.allocate();
    }
    assertThrows(IllegalStateException.class, pool::allocate);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void freeUsedAndRetiringAlwaysAddUp(long seed) {
    Random random = new Random(seed);
    BlockPool many = new BlockPool(20, 0);
    List<Integer> held = new ArrayList<>();
    long step = 0;
    for (int i = 0; i < 5000; i++) {
      switch (random.nextInt(3)) {
        case 0 -> {
          if (many.free() > 0) {
            held.add(many.allocate());
          }
        }
        case 1 -> {
          if (!held.isEmpty()) {
            int block = held.get(random.nextInt(held.size()));
            held.remove(Integer.valueOf(block));
            many.release(block, step + random.nextInt(3));
          }
        }
        default -> many.taken(step++);
      }
      assertEquals(held.size(), many.used(), "seed " + seed);
      assertEquals(20, many.free() + many.used() + many.retiring(), "seed " + seed);
    }
  }
}
