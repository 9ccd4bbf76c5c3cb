package io.lorikeet.engine.text.template;

import java.util.List;

/** Methods of lists and tuples that change nothing. */
final class ListMethods {
  private ListMethods() {}

  static Value index(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "", "", "");
    List<Value> items = Sequences.list(bound.value(0), render.meter());
    int start = position(bound.integer(2, 0), items.size());
    int stop = position(bound.integer(3, items.size()), items.size());
    for (int i = start; i < stop; i++) {
      if (Comparison.identical(items.get(i), bound.value(1))
          || render.comparison().equal(items.get(i), bound.value(1))) {
        return Value.of(i);
      }
    }
    throw Fault.of("the value is not in the list");
  }

  private static int position(int index, int size) {
    return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
  }

  static Value count(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "", "");
    Value sought = bound.value(1);
    return Value.of(
        Sequences.list(bound.value(0), render.meter()).stream()
            .filter(v -> Comparison.identical(v, sought) || render.comparison().equal(v, sought))
            .count());
  }
}
