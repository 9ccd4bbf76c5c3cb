package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.Map;

/** All filters by name. Source of their meaning: Jinja 3.1. */
final class Filters {
  static final Map<String, Operation> ALL = all();

  private Filters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.putAll(TextFilters.ALL);
    all.putAll(LayoutFilters.ALL);
    all.putAll(MarkupFilters.ALL);
    all.putAll(NumberFilters.ALL);
    all.putAll(SequenceFilters.ALL);
    all.putAll(OrderFilters.ALL);
    all.putAll(SelectionFilters.ALL);
    all.putAll(ValueFilters.ALL);
    return Map.copyOf(all);
  }
}
