package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DerivationTest {
  private static final GenerationId A = new GenerationId("aa");
  private static final GenerationId B = new GenerationId("bb");
  private static final GenerationId C = new GenerationId("cc");

  @Test
  void theOrderOfThePartsChangesNothing() {
    Derivation one = derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(A, 1), part(B, 2));
    Derivation other = derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(B, 2), part(A, 1));

    assertEquals(one, other);
    assertEquals(List.of(A, B), other.recipe().adapters());
  }

  @Test
  void everythingElseMakesAnotherGeneration() {
    Set<GenerationId> generations = new HashSet<>();
    generations.add(
        derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(A, 1), part(B, 2)).generation());
    generations.add(
        derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(A, 2), part(B, 1)).generation());
    generations.add(
        derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(A, 1), part(C, 2)).generation());
    generations.add(
        derive(Strategy.TIES, 0.5, MajoritySign.TOTAL, part(A, 1), part(B, -2)).generation());
    generations.add(
        derive(Strategy.TIES, 0.51, MajoritySign.TOTAL, part(A, 1), part(B, 2)).generation());
    generations.add(
        derive(Strategy.TIES, 0.5, MajoritySign.FREQUENCY, part(A, 1), part(B, 2)).generation());
    generations.add(
        derive(Strategy.DARE_TIES, 0.5, MajoritySign.TOTAL, part(A, 1), part(B, 2)).generation());

    assertEquals(7, generations.size());
    generations.forEach(g -> assertEquals(64, g.hash().length()));
  }

  @Test
  void aDerivationCanNotClaimAnotherRecipesGeneration() {
    Recipe<GenerationId> recipe =
        Recipes.of(Strategy.CAT, OptionalDouble.empty(), MajoritySign.TOTAL, A, B);

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Derivation(A, recipe));
    assertTrue(e.toString().contains("generation"), e::toString);
  }

  private static Recipe.Part<GenerationId> part(GenerationId adapter, double weight) {
    return new Recipe.Part<>(adapter, weight);
  }

  private static Derivation derive(
      Strategy strategy,
      double density,
      MajoritySign sign,
      Recipe.Part<GenerationId> one,
      Recipe.Part<GenerationId> other) {
    return Derivation.of(
        new Recipe<>(strategy, List.of(one, other), OptionalDouble.of(density), sign));
  }
}
