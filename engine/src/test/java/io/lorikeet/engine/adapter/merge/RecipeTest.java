package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RecipeTest {
  private static final OptionalDouble NO_DENSITY = OptionalDouble.empty();

  @ParameterizedTest
  @EnumSource
  void everyStrategyIsFoundByItsName(Strategy strategy) {
    assertEquals(strategy, Strategy.of(strategy.wire()));
  }

  @Test
  void anUnknownStrategyIsRefusedWithThoseThatAreKnown() {
    LorikeetException e = refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> Strategy.of("Linear"));
    assertTrue(e.toString().contains("linear, cat, ties"), e::toString);
    assertTrue(e.toString().endsWith("Given: Linear"), e::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"svd", "ties_svd", "dare_linear_svd", "magnitude_prune_svd"})
  void strategiesWithADecompositionAreRefusedByName(String name) {
    LorikeetException e = refused(ErrorCode.PARAMETER_UNSUPPORTED, () -> Strategy.of(name));
    assertTrue(e.toString().endsWith(name), e::toString);
  }

  @Test
  void aSignMethodIsTotalOrFrequency() {
    assertEquals(MajoritySign.TOTAL, MajoritySign.of("total"));
    assertEquals(MajoritySign.FREQUENCY, MajoritySign.of("frequency"));
    refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> MajoritySign.of("sum"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.0, Double.NaN, Double.POSITIVE_INFINITY})
  void aWeightMustBeFiniteAndNotZero(double weight) {
    refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> new Recipe.Part<>("a", weight));
  }

  @Test
  void anAdapterCanNotBeMergedWithItself() {
    refused(ErrorCode.REQUEST_INVALID, () -> recipe(Strategy.LINEAR, NO_DENSITY, "a", "b", "a"));
  }

  @Test
  void whatPrunesNeedsADensity() {
    refused(ErrorCode.REQUEST_INVALID, () -> recipe(Strategy.TIES, NO_DENSITY, "a", "b"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.5, 1.0000001, Double.NaN})
  void aDensityIsAboveZeroAndAtMostOne(double density) {
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> recipe(Strategy.DARE_TIES, OptionalDouble.of(density), "a", "b"));
    assertEquals(
        OptionalDouble.of(1), recipe(Strategy.TIES, OptionalDouble.of(1), "a", "b").density());
  }

  @Test
  void whatPrunesNeedsTwoAdaptersAndTheOthersOne() {
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> recipe(Strategy.MAGNITUDE_PRUNE, OptionalDouble.of(0.5), "a"));
    assertEquals(List.of("a"), recipe(Strategy.LINEAR, NO_DENSITY, "a").adapters());
    refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> recipe(Strategy.CAT, NO_DENSITY));
  }

  @Test
  void whatTheStrategyDoesNotUseIsDropped() {
    // LoRAX's client sends a density with every merge.
    assertEquals(
        recipe(Strategy.LINEAR, NO_DENSITY, "a", "b"),
        recipe(Strategy.LINEAR, OptionalDouble.of(0), "a", "b"));
    Recipe<String> signed =
        new Recipe<>(
            Strategy.DARE_LINEAR,
            recipe(Strategy.LINEAR, NO_DENSITY, "a", "b").parts(),
            OptionalDouble.of(0.5),
            MajoritySign.FREQUENCY);
    assertEquals(MajoritySign.TOTAL, signed.majoritySign());
  }

  @Test
  void aRecipeKeepsItsWeightsUnderOtherNames() {
    Recipe<String> recipe = recipe(Strategy.TIES, OptionalDouble.of(0.25), "a", "b");

    Recipe<Integer> mapped = recipe.map(name -> name.charAt(0) - 'a');

    assertEquals(List.of(0, 1), mapped.adapters());
    assertEquals(2.0, mapped.parts().get(1).weight());
    assertEquals(OptionalDouble.of(0.25), mapped.density());
  }

  private static LorikeetException refused(ErrorCode code, Executable making) {
    LorikeetException e = assertThrows(LorikeetException.class, making);
    assertEquals(code, e.code());
    return e;
  }

  private static Recipe<String> recipe(
      Strategy strategy, OptionalDouble density, String... adapters) {
    return Recipes.of(strategy, density, MajoritySign.TOTAL, adapters);
  }
}
