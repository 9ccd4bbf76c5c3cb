package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Filters over rows of values that keep their order, or turn it round. */
final class SequenceFilters {
  static final Map<String, Operation> ALL = all();

  private SequenceFilters() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    Operation length = (a, r) -> Value.of(Sequences.length(a.bind(1, "").value(0)));
    all.put("length", length);
    all.put("count", length);
    all.put("first", SequenceFilters::first);
    all.put("last", SequenceFilters::last);
    all.put("random", (a, r) -> random());
    all.put("list", SequenceFilters::list);
    all.put("reverse", SequenceFilters::reverse);
    all.put("join", SequenceFilters::join);
    all.put("batch", SequenceFilters::batch);
    all.put("slice", SequenceFilters::slice);
    all.put("sum", SequenceFilters::sum);
    all.put("items", SequenceFilters::items);
    return Map.copyOf(all);
  }

  private static Value random() {
    throw Fault.of("the filter `random` is not supported: a prompt must not depend on chance");
  }

  private static Value first(Arguments arguments, Render render) {
    Iterator<Value> values = Sequences.iterator(arguments.bind(1, "seq").value(0), render.meter());
    return values.hasNext()
        ? values.next()
        : new Value.Undefined("No first item, sequence was empty.");
  }

  private static Value last(Arguments arguments, Render render) {
    Iterator<Value> values = Sequences.reversed(arguments.bind(1, "seq").value(0), render.meter());
    return values.hasNext()
        ? values.next()
        : new Value.Undefined("No last item, sequence was empty.");
  }

  private static Value list(Arguments arguments, Render render) {
    return Value.list(Sequences.list(arguments.bind(1, "value").value(0), render.meter()));
  }

  private static Value reverse(Arguments arguments, Render render) {
    Value value = arguments.bind(1, "value").value(0);
    if (value instanceof Value.Str(String text, boolean safe, var _)) {
      render.meter().chars(text.length());
      return Value.derived(new StringBuilder(text).reverse().toString(), value).marked(safe);
    }
    if (value instanceof Value.Stream) {
      List<Value> all = Sequences.list(value, render.meter());
      return Value.list(all.reversed());
    }
    return new Value.Stream(Sequences.reversed(value, render.meter()), "reversed");
  }

  private static Value join(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "value", "d", "attribute");
    UnaryOperator<Value> path = AttributePath.of(bound.at(2), Optional.empty());
    Value.Str separator = bound.at(1).map(render::str).orElse(Value.EMPTY);
    TextBuilder out = new TextBuilder(render.meter());
    Iterator<Value> values = Sequences.iterator(bound.value(0), render.meter());
    for (boolean first = true; values.hasNext(); first = false) {
      out.append(first ? Value.EMPTY : separator).append(render.str(path.apply(values.next())));
    }
    return out.str();
  }

  private static Value batch(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "value", "linecount", "fill_with");
    int size = bound.integer(1, 0);
    Optional<Value> fill = bound.at(2).filter(f -> !(f instanceof Value.None));
    Iterator<Value> values = Sequences.iterator(bound.value(0), render.meter());
    if (size < 1) {
      throw Fault.of("`linecount` must be at least 1. Given: " + size);
    }
    return Generated.stream(
        render.meter(),
        () -> {
          if (!values.hasNext()) {
            return Optional.empty();
          }
          List<Value> row = new ArrayList<>();
          while (row.size() < size && values.hasNext()) {
            row.add(values.next());
          }
          render.meter().items(fill.isPresent() ? size : row.size());
          while (fill.isPresent() && row.size() < size) {
            row.add(fill.get());
          }
          return Optional.of(Value.list(row));
        });
  }

  private static Value slice(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(2, "value", "slices", "fill_with");
    int slices = bound.integer(1, 0);
    if (slices < 1) {
      throw Fault.of("`slices` must be at least 1. Given: " + slices);
    }
    Optional<Value> fill = bound.at(2).filter(f -> !(f instanceof Value.None));
    List<Value> all = Sequences.list(bound.value(0), render.meter());
    int each = all.size() / slices;
    int longer = all.size() % slices;
    int[] next = {0};
    return Generated.stream(
        render.meter(),
        () -> {
          int i = next[0]++;
          if (i >= slices) {
            return Optional.empty();
          }
          int from = i * each + Math.min(i, longer);
          List<Value> row = new ArrayList<>(all.subList(from, from + each + (i < longer ? 1 : 0)));
          render.meter().items(row.size());
          if (i >= longer) {
            fill.ifPresent(row::add);
          }
          return Optional.of(Value.list(row));
        });
  }

  private static Value sum(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "iterable", "attribute", "start");
    UnaryOperator<Value> path = AttributePath.of(bound.at(1), Optional.empty());
    Value sum = bound.at(2).orElse(Value.of(0));
    if (sum instanceof Value.Str) {
      throw Fault.of("sum() can't sum strings");
    }
    Iterator<Value> values = Sequences.iterator(bound.value(0), render.meter());
    while (values.hasNext()) {
      render.meter().step();
      Value value = path.apply(values.next());
      sum = Operators.apply(Expression.Arithmetic.ADD, sum, value, render);
    }
    return sum;
  }

  /** Fails only when it is read, as a generator does. */
  private static Value items(Arguments arguments, Render render) {
    Value value = arguments.bind(1, "value").value(0);
    Meter meter = render.meter();
    List<Iterator<Value>> pairs = new ArrayList<>();
    return Generated.stream(
        meter,
        () -> {
          if (pairs.isEmpty()) {
            pairs.add(
                switch (value) {
                  case Value.Undefined _ -> List.<Value>of().iterator();
                  case Value.Mapping(Dict dict) -> Sequences.pairs(dict).iterator();
                  default -> throw Fault.of("Can only get item pairs from a mapping.");
                });
          }
          Iterator<Value> all = pairs.getFirst();
          return all.hasNext() ? Optional.of(all.next()) : Optional.empty();
        });
  }
}
