package io.lorikeet.engine.adapter.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Recipes for tests. */
final class Recipes {
  private Recipes() {}

  /** A recipe with weights 1, 2, 3, ... */
  @SafeVarargs
  static <T> Recipe<T> of(
      Strategy strategy, OptionalDouble density, MajoritySign sign, T... adapters) {
    List<Recipe.Part<T>> parts = new ArrayList<>();
    for (T adapter : adapters) {
      parts.add(new Recipe.Part<>(adapter, parts.size() + 1));
    }
    return new Recipe<>(strategy, parts, density, sign);
  }
}
