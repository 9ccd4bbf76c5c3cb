package io.lorikeet.engine.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class BlockTableTest {
  private final BlockPool pool = new BlockPool(20, 0);
  private final BlockTable table = new BlockTable(pool, 16);

  @Test
  void blocksAreCountedUpwards() {
    assertEquals(0, BlockTable.blocksFor(0, 16));
    assertEquals(1, BlockTable.blocksFor(1, 16));
    assertEquals(1, BlockTable.blocksFor(16, 16));
    assertEquals(2, BlockTable.blocksFor(17, 16));
    assertEquals(1 << 27, BlockTable.blocksFor(Integer.MAX_VALUE, 16));
  }

  @Test
  void coverAddsWhatIsMissingAndNoMore() {
    table.cover(17);
    assertEquals(2, table.size());
    table.cover(32);
    assertEquals(2, table.size());
    assertEquals(1, table.missing(33));
    table.cover(16 * 12);
    assertEquals(12, table.size());
    assertEquals(12, pool.used());
  }

  @Test
  void tableIsCopiedInTheOrderOfItsPositions() {
    table.cover(40);
    int[] target = new int[5];
    assertEquals(4, table.copyTo(target, 2, 2));
    assertArrayEquals(new int[] {0, 0, table.block(0), table.block(1), 0}, target);
    assertThrows(IndexOutOfBoundsException.class, () -> table.copyTo(target, 0, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> table.block(3));
  }

  @Test
  void releaseGivesEverythingBack() {
    table.cover(40);
    table.release(3);
    assertEquals(0, table.size());
    assertEquals(3, pool.retiring());
    pool.taken(3);
    assertEquals(20, pool.free());
  }
}
