package io.lorikeet.engine.text.template;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Stable sorting by keys that may fail to compare. */
final class Sorting {
  private Sorting() {}

  static <T> Comparator<T> by(Function<T, Value> key, Comparison comparison) {
    return (a, b) -> {
      Value left = key.apply(a);
      Value right = key.apply(b);
      return comparison.less(left, right) ? -1 : comparison.less(right, left) ? 1 : 0;
    };
  }

  /** Sorts in place; equal ones keep their order in both directions. */
  static <T> void sort(List<T> items, Comparator<T> order, boolean reverse) {
    items.sort(reverse ? (a, b) -> order.compare(b, a) : order);
  }
}
