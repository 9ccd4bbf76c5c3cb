package io.lorikeet.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DrawTest {
  private static final int DRAWS = 11_000;

  @ParameterizedTest
  @EnumSource(Draw.class)
  void theSameSeedDrawsTheSame(Draw draw) {
    assertArrayEquals(counts(draw, 6), counts(draw, 6));
  }

  @Test
  void popularityFallsWithTheRank() {
    int[] counts = counts(Draw.ZIPF, 6); // weights 60, 30, 20, 15, 12 and 10 of 147

    assertEquals(DRAWS * 60 / 147, counts[0], 300);
    assertEquals(DRAWS * 30 / 147, counts[1], 300);
    assertEquals(DRAWS * 10 / 147, counts[5], 300);
  }

  @Test
  void uniformDrawsAllAlike() {
    for (int count : counts(Draw.UNIFORM, 10)) {
      assertEquals(DRAWS / 10, count, 200);
    }
  }

  @Test
  void neighboursAreDistinct() {
    IntSupplier numbers = Draw.DISTINCT.numbers(3, 1);
    int last = -1;
    for (int i = 0; i < 10; i++) {
      int next = numbers.getAsInt();
      assertTrue(next != last && next < 3);
      last = next;
    }
  }

  @Test
  void identicalIsAlwaysTheFirst() {
    assertEquals(DRAWS, counts(Draw.IDENTICAL, 4)[0]);
  }

  private static int[] counts(Draw draw, int adapters) {
    IntSupplier numbers = draw.numbers(adapters, 17);
    int[] counts = new int[adapters];
    for (int i = 0; i < DRAWS; i++) {
      counts[numbers.getAsInt()]++;
    }
    return counts;
  }
}
