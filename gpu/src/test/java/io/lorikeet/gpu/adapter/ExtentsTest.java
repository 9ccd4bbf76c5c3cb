package io.lorikeet.gpu.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.gpu.adapter.Extents.Move;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pieces of memory never overlap, and together they can use all of it. */
final class ExtentsTest {
  @Test
  void aPieceIsTheFirstGapThatIsLargeEnough() {
    Extents extents = new Extents(100);
    assertEquals(OptionalLong.of(0), extents.take(0, 30));
    assertEquals(OptionalLong.of(30), extents.take(1, 20));
    assertEquals(OptionalLong.of(50), extents.take(2, 50));
    assertEquals(OptionalLong.empty(), extents.take(3, 1));

    extents.give(1);

    assertEquals(OptionalLong.empty(), extents.take(3, 21));
    assertEquals(OptionalLong.of(30), extents.take(3, 20));
    assertEquals(0, extents.freeBytes());
  }

  @Test
  void movesCloseAllGapsInOrder() {
    Extents extents = new Extents(100);
    for (int slot = 0; slot < 5; slot++) {
      extents.take(slot, 20);
    }
    extents.give(0);
    extents.give(2);

    assertEquals(
        List.of(new Move(1, 20, 0, 20), new Move(3, 60, 20, 20), new Move(4, 80, 40, 20)),
        extents.compact(slot -> true));

    assertEquals(OptionalLong.of(60), extents.take(2, 40));
    assertEquals(List.of(), extents.compact(slot -> true));
    assertEquals(20, extents.at(3));
  }

  @Test
  void piecesThatMustStayAreMovedAround() {
    Extents extents = new Extents(100);
    for (int slot = 0; slot < 5; slot++) {
      extents.take(slot, 20);
    }
    extents.give(0);
    extents.give(2);

    assertEquals(List.of(new Move(1, 20, 0, 20)), extents.compact(slot -> slot != 3));

    assertEquals(60, extents.at(3));
    assertEquals(OptionalLong.of(20), extents.take(2, 40));
    assertEquals(80, extents.at(4));
  }

  @Test
  void aSlotHasOnePiece() {
    Extents extents = new Extents(100);
    extents.take(0, 10);
    assertThrows(IllegalStateException.class, () -> extents.take(0, 10));
    assertThrows(IllegalStateException.class, () -> extents.give(1));
    assertThrows(IllegalStateException.class, () -> extents.at(1));
  }

  /** Each byte of a model of the memory knows its slot. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void stormsOfPiecesOverlapNowhereAndFitWhenTheirBytesDo(long seed) {
    Random random = new Random(seed);
    int[] memory = new int[500];
    Arrays.fill(memory, -1);
    Extents extents = new Extents(memory.length);
    Map<Integer, Integer> held = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      int slot = random.nextInt(12);
      if (held.containsKey(slot)) {
        check(memory, extents, slot, held.remove(slot));
        extents.give(slot);
        for (int at = 0; at < memory.length; at++) {
          memory[at] = memory[at] == slot ? -1 : memory[at];
        }
        continue;
      }
      int size = 1 + random.nextInt(120);
      if (size > extents.freeBytes()) {
        continue;
      }
      OptionalLong at = extents.take(slot, size);
      if (at.isEmpty()) {
        extents.compact(each -> true).forEach(move -> move(memory, move));
        at = extents.take(slot, size);
      }
      int begin = Math.toIntExact(at.orElseThrow());
      for (int b = begin; b < begin + size; b++) {
        assertEquals(-1, memory[b], "byte " + b);
        memory[b] = slot;
      }
      held.put(slot, size);
    }
    assertTrue(held.size() > 0);
  }

  private static void check(int[] memory, Extents extents, int slot, int size) {
    for (int b = 0; b < size; b++) {
      assertEquals(slot, memory[Math.toIntExact(extents.at(slot)) + b]);
    }
  }

  private static void move(int[] memory, Move move) {
    assertTrue(move.to() < move.from());
    for (long b = 0; b < move.bytes(); b++) {
      assertEquals(move.slot(), memory[Math.toIntExact(move.from() + b)]);
      memory[Math.toIntExact(move.from() + b)] = -1;
      memory[Math.toIntExact(move.to() + b)] = move.slot();
    }
  }
}
