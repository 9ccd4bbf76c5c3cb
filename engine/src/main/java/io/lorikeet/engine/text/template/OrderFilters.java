package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Filters that compare: sorting, extremes, groups. Case is ignored unless asked for. */
final class OrderFilters {
  static final Map<String, Operation> ALL = all();

  private OrderFilters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("sort", OrderFilters::sort);
    all.put("unique", OrderFilters::unique);
    all.put("dictsort", OrderFilters::dictsort);
    all.put("min", (a, r) -> extreme(a, r, false));
    all.put("max", (a, r) -> extreme(a, r, true));
    all.put("groupby", OrderFilters::groupby);
    return Map.copyOf(all);
  }

  private record Keyed(Value key, Value value) {}

  private static List<Keyed> sorted(
      List<Value> values, UnaryOperator<Value> key, boolean reverse, Render render) {
    List<Keyed> all = new ArrayList<>();
    values.forEach(v -> all.add(new Keyed(key.apply(v), v)));
    Sorting.sort(all, Sorting.by(Keyed::key, render.comparison()), reverse);
    return all;
  }

  private static Value values(List<Keyed> all) {
    return Value.list(all.stream().map(Keyed::value).toList());
  }

  private static Value sort(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "reverse", "case_sensitive", "attribute");
    UnaryOperator<Value> key =
        AttributePath.several(bound.at(3), AttributePath.key(bound.flag(2, false)));
    List<Value> all = Sequences.list(bound.value(0), render.meter());
    return values(sorted(all, key, bound.flag(1, false), render));
  }

  private static Value unique(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "case_sensitive", "attribute");
    UnaryOperator<Value> path = AttributePath.of(bound.at(2), Optional.empty());
    UnaryOperator<Value> fold = AttributePath.key(bound.flag(1, false));
    Iterator<Value> values = Sequences.iterator(bound.value(0), render.meter());
    Set<Object> seen = new HashSet<>();
    return Generated.stream(
        render.meter(),
        () -> {
          while (values.hasNext()) {
            render.meter().step();
            Value value = values.next();
            if (seen.add(Dict.canonical(fold.apply(path.apply(value))))) {
              return Optional.of(value);
            }
          }
          return Optional.empty();
        });
  }

  private static Value dictsort(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "case_sensitive", "by", "reverse");
    String by = bound.at(2).isPresent() ? bound.text(2) : "key";
    if (!by.equals("key") && !by.equals("value")) {
      throw Fault.of("You can only sort by either \"key\" or \"value\"");
    }
    if (!(bound.value(0) instanceof Value.Mapping(Dict dict))) {
      throw Fault.of("'" + Types.name(bound.value(0)) + "' object has no attribute 'items'");
    }
    UnaryOperator<Value> fold = AttributePath.key(bound.flag(1, false));
    Value position = Value.of(by.equals("key") ? 0 : 1);
    UnaryOperator<Value> key = pair -> fold.apply(Attributes.brackets(pair, position));
    return values(sorted(Sequences.pairs(dict), key, bound.flag(3, false), render));
  }

  private static Value extreme(Arguments arguments, Render render, boolean greatest) {
    Arguments.Bound bound = arguments.bind(1, "value", "case_sensitive", "attribute");
    UnaryOperator<Value> path = AttributePath.of(bound.at(2), Optional.empty());
    UnaryOperator<Value> fold = AttributePath.key(bound.flag(1, false));
    Iterator<Value> values = Sequences.iterator(bound.value(0), render.meter());
    if (!values.hasNext()) {
      return new Value.Undefined("No aggregated item, sequence was empty.");
    }
    Value best = values.next();
    Value bestKey = fold.apply(path.apply(best));
    while (values.hasNext()) {
      Value value = values.next();
      Value key = fold.apply(path.apply(value));
      boolean better =
          greatest
              ? render.comparison().less(bestKey, key)
              : render.comparison().less(key, bestKey);
      best = better ? value : best;
      bestKey = better ? key : bestKey;
    }
    return best;
  }

  private static Value groupby(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "value", "attribute", "default", "case_sensitive");
    UnaryOperator<Value> path = AttributePath.of(bound.at(1), bound.at(2));
    UnaryOperator<Value> fold = AttributePath.key(bound.flag(3, false));
    List<Value> groups = new ArrayList<>();
    List<Value> members = new ArrayList<>();
    Optional<Value> key = Optional.empty();
    List<Value> all = Sequences.list(bound.value(0), render.meter());
    for (Keyed next : sorted(all, v -> fold.apply(path.apply(v)), false, render)) {
      if (key.isPresent() && !render.comparison().equal(key.get(), next.key)) {
        groups.add(group(members, path));
        members = new ArrayList<>();
      }
      key = Optional.of(next.key);
      members.add(next.value);
    }
    if (!members.isEmpty()) {
      groups.add(group(members, path));
    }
    return Value.list(groups);
  }

  /** Named by the first member's attribute as it is written there. */
  private static Value group(List<Value> members, UnaryOperator<Value> path) {
    return new Value.Tuple(
        List.of(path.apply(members.getFirst()), Value.list(members)), List.of("grouper", "list"));
  }
}
