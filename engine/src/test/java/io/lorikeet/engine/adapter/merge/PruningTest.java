package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PruningTest {
  @Test
  void theLargestStayWhateverTheirSign() {
    assertPruned(new float[] {0, -4, 0, 3}, 0.5, 1, -4, 2, 3);
  }

  @Test
  void ofEqualOnesTheFirstStay() {
    assertPruned(new float[] {2, -2, 0, 5}, 0.75, 2, -2, 2, 5);
  }

  @Test
  void theCountIsRoundedDown() {
    assertPruned(new float[] {0, 0, 3}, 0.66, 1, 2, 3);
    assertPruned(new float[] {0, 0, 0}, 0.33, 1, 2, 3);
  }

  @Test
  void allStayAtDensityOne() {
    assertPruned(new float[] {1, -2, 0}, 1, 1, -2, 0);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void itKeepsWhatSortingWouldKeep(long seed) {
    Random random = new Random(seed);
    float[] values = new float[1 + random.nextInt(3000)];
    for (int i = 0; i < values.length; i++) {
      // Few distinct values, some far apart: many entries are equal at the limit.
      float small = Math.round(random.nextGaussian() * 4);
      values[i] = Math.scalb(small, random.nextInt(3) * 20 - 20);
    }
    double density = random.nextDouble();
    float[] expected = new float[values.length];
    IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -Math.abs(values[i])))
        .limit((int) (density * values.length))
        .forEach(i -> expected[i] = values[i]);

    float[] pruned = values.clone();
    Pruning.byMagnitude(pruned, density);

    for (int i = 0; i < pruned.length; i++) {
      pruned[i] += 0f; // -0 is 0
      expected[i] += 0f;
    }
    assertArrayEquals(expected, pruned);
  }

  private static void assertPruned(float[] expected, double density, float... values) {
    Pruning.byMagnitude(values, density);
    assertArrayEquals(expected, values);
  }
}
