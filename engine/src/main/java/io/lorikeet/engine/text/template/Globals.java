package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Globals {
  private static final long RANGE_MAX = 100_000;
  private static final int BITS_MAX = 60;

  static final Map<String, Operation> ALL = all();

  private Globals() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("range", (a, r) -> range(a));
    all.put("dict", (a, r) -> new Value.Mapping(dict(a, r)));
    all.put("namespace", Namespace::create);
    all.put("cycler", (a, r) -> Cycler.create(a));
    all.put("joiner", (a, r) -> Joiner.create(a));
    all.put("lipsum", (a, r) -> lipsum());
    all.put("raise_exception", Globals::raise);
    all.put("strftime_now", Globals::now);
    return Map.copyOf(all);
  }

  static void define(Scope scope) {
    ALL.forEach((name, operation) -> scope.set(name, new Value.Function(name, operation)));
  }

  private static Value range(Arguments arguments) {
    Arguments.Bound bound = arguments.bind(1, "", "", "");
    boolean one = bound.at(1).isEmpty();
    long start = one ? 0 : integer(bound.value(0));
    long stop = integer(bound.value(one ? 0 : 1));
    long step = bound.at(2).map(Globals::integer).orElse(1L);
    if (step == 0) {
      throw Fault.of("range() arg 3 must not be zero");
    }
    Value.Range range = new Value.Range(start, stop, step);
    if (range.size() > RANGE_MAX) {
      throw Fault.of(
          "a range must have at most %d numbers. Given: %d".formatted(RANGE_MAX, range.size()));
    }
    return range;
  }

  private static long integer(Value value) {
    return Numbers.integer(value)
        .filter(i -> i.bitLength() <= BITS_MAX)
        .orElseThrow(() -> Fault.of("a range needs integers of at most " + BITS_MAX + " bits"))
        .longValue();
  }

  /** A dict from a mapping or pairs, and from named arguments. */
  static Dict dict(Arguments arguments, Render render) {
    Dict dict = new Dict();
    if (arguments.positional().size() > 1) {
      throw Fault.of("dict expected at most 1 argument, got " + arguments.positional().size());
    }
    for (Value source : arguments.positional()) {
      List<Value> pairs =
          source instanceof Value.Mapping(Dict other)
              ? Sequences.pairs(other)
              : Sequences.list(source, render.meter());
      for (Value pair : pairs) {
        List<Value> both = Sequences.list(pair, render.meter());
        if (both.size() != 2) {
          throw Fault.of("dict needs pairs. Given: a sequence of " + both.size());
        }
        dict.put(both.get(0), both.get(1));
      }
    }
    arguments.named().forEach(dict::put);
    render.meter().items(8L * dict.size());
    return dict;
  }

  private static Value lipsum() {
    throw Fault.of("`lipsum` is not supported: a prompt must not depend on chance");
  }

  private static Value raise(Arguments arguments, Render render) {
    throw Fault.raised(render.text(arguments.bind(1, "message").value(0)));
  }

  private static Value now(Arguments arguments, Render render) {
    Arguments.Bound bound = arguments.bind(1, "format");
    return Value.derived(
        TimeText.format(bound.text(0), render.now(), render.meter()), bound.value(0));
  }
}
