package io.lorikeet.engine.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.Composition.Part;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompositionTest {
  private static final GenerationId A = new GenerationId("a");
  private static final GenerationId B = new GenerationId("b");
  private static final GenerationId C = new GenerationId("c");

  @Test
  void partsComeByGenerationInWhateverOrderTheyAreGiven() {
    Composition given = sum(new Part(C, 1f), new Part(A, 0.5f), new Part(B, -2f));
    assertEquals(List.of(new Part(A, 0.5f), new Part(B, -2f), new Part(C, 1f)), given.parts());
    assertEquals(sum(new Part(B, -2f), new Part(C, 1f), new Part(A, 0.5f)), given);
  }

  @Test
  void baseModelHasNoParts() {
    assertEquals(Composition.BASE, Composition.of(GenerationId.BASE));
    assertTrue(Composition.BASE.isBase());
    assertFalse(Composition.BASE.isPlain());
  }

  @Test
  void onlyOneAdapterWithWeightOneIsPlain() {
    assertTrue(Composition.of(A).isPlain());
    assertFalse(sum(new Part(A, 0.5f)).isPlain());
    assertFalse(sum(new Part(A, 1f), new Part(B, 1f)).isPlain());
  }

  @Test
  void containsItsPartsAndNothingElse() {
    Composition given = sum(new Part(A, 1f), new Part(B, 1f));
    assertTrue(given.contains(B));
    assertFalse(given.contains(C));
    assertFalse(Composition.BASE.contains(GenerationId.BASE));
  }

  @Test
  void adapterMayBeNamedOnlyOnce() {
    assertThrows(IllegalArgumentException.class, () -> sum(new Part(A, 1f), new Part(A, 2f)));
  }

  @Test
  void baseModelIsNoPart() {
    assertThrows(IllegalArgumentException.class, () -> new Part(GenerationId.BASE, 1f));
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void weightThatChangesNothingOrEverythingIsRefused(float weight) {
    assertThrows(IllegalArgumentException.class, () -> new Part(A, weight));
  }

  private static Composition sum(Part... parts) {
    return new Composition(List.of(parts));
  }
}
