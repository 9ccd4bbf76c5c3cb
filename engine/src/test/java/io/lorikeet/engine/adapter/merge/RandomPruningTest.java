package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.model.Projection;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RandomPruningTest {
  private static final int COUNT = 40_000;
  private static final Place PLACE = Place.of(3, Projection.Q);

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.2, 0.5, 0.9})
  void asManyStayAsTheDensitySaysAndTheirMeanStays(double density) {
    float[] pruned = ones(derived(1), density, PLACE, 0);

    int kept = count(pruned);
    double deviation = Math.sqrt(COUNT * density * (1 - density));
    assertEquals(COUNT * density, kept, 4 * deviation);
    for (float value : pruned) {
      assertEquals(value == 0 ? 0 : 1 / density, value, 1e-7 / density);
    }
  }

  @Test
  void allStayAtDensityOne() {
    assertEquals(COUNT, count(ones(derived(1), 1, PLACE, 0)));
  }

  @Test
  void everyRecipeModuleAndMatrixHasItsOwnDraw() {
    List<float[]> draws =
        List.of(
            ones(derived(1), 0.5, PLACE, 0),
            ones(derived(2), 0.5, PLACE, 0),
            ones(derived(1), 0.5, Place.of(4, Projection.Q), 0),
            ones(derived(1), 0.5, Place.of(3, Projection.K), 0),
            ones(derived(1), 0.5, PLACE, 1));
    for (int i = 0; i < draws.size(); i++) {
      for (int j = 0; j < i; j++) {
        int equal = 0;
        for (int e = 0; e < COUNT; e++) {
          equal += draws.get(i)[e] == draws.get(j)[e] ? 1 : 0;
        }
        assertEquals(COUNT / 2.0, equal, 4 * Math.sqrt(COUNT / 4.0), i + " and " + j);
      }
    }
  }

  @Test
  void theSameRecipeDrawsTheSameEntriesForEver() {
    float[] pruned = ones(derived(1), 0.5, PLACE, 0);

    assertArrayEquals(pruned, ones(derived(1), 0.5, PLACE, 0));
    // Pinned: another value is another arithmetic, which needs another version in Derivation.
    assertEquals("fe73f801", Integer.toHexString(Arrays.hashCode(pruned)));
  }

  @Test
  void modulesAreToldApart() {
    Set<Integer> numbers = new HashSet<>();
    for (Projection projection : Projection.values()) {
      numbers.add(Place.of(0, projection).moduleNumber());
    }
    for (Place place : List.of(Place.EMBEDDING, Place.POSITIONS, Place.HEAD)) {
      numbers.add(place.moduleNumber());
    }
    assertEquals(Projection.values().length + 3, numbers.size());
  }

  private static float[] ones(GenerationId derived, double density, Place place, int matrix) {
    float[] values = new float[COUNT];
    Arrays.fill(values, 1);
    new RandomPruning(derived).prune(values, density, place, matrix);
    return values;
  }

  private static int count(float[] values) {
    int count = 0;
    for (float value : values) {
      count += value != 0 ? 1 : 0;
    }
    return count;
  }

  private static GenerationId derived(int number) {
    return Derivation.of(
            Recipes.of(
                Strategy.DARE_LINEAR,
                OptionalDouble.of(0.5),
                MajoritySign.TOTAL,
                new GenerationId("a" + number),
                new GenerationId("b")))
        .generation();
  }
}
