package io.lorikeet.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mapping in order of insertion whose keys are equal as in Python: {@code 1}, {@code 1.0} and
 * {@code true} are one key, and the first of them is kept. Filled once, then only read.
 */
final class Dict {
  record Entry(Value key, Value value) {}

  private record Identity(Object object) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Identity(var o) && Comparison.identical(o, object);
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(object);
    }
  }

  private enum Special {
    NONE,
    UNDEFINED
  }

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  void put(Value key, Value value) {
    Object canonical = canonical(key);
    Entry known = entries.get(canonical);
    entries.put(canonical, new Entry(known == null ? key : known.key(), value));
  }

  /** The key counts as the request's: such names may come from there. */
  void put(String key, Value value) {
    put(Value.given(key), value);
  }

  void putAll(Dict other) {
    other.entries().forEach(e -> put(e.key(), e.value()));
  }

  Optional<Value> get(Value key) {
    return Optional.ofNullable(entries.get(canonical(key))).map(Entry::value);
  }

  Optional<Value> get(String key) {
    return Optional.ofNullable(entries.get(key)).map(Entry::value);
  }

  boolean contains(Value key) {
    return entries.containsKey(canonical(key));
  }

  int size() {
    return entries.size();
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  List<Value> keys() {
    List<Value> keys = new ArrayList<>(size());
    entries().forEach(e -> keys.add(e.key()));
    return keys;
  }

  List<Value> values() {
    List<Value> values = new ArrayList<>(size());
    entries().forEach(e -> values.add(e.value()));
    return values;
  }

  /** An object whose Java equality is the value's equality in Python; fails if it has no hash. */
  static Object canonical(Value value) {
    return canonical(value, 0);
  }

  private static Object canonical(Value value, int depth) {
    if (depth > 32) {
      throw Fault.of("a key must be at most 32 levels deep");
    }
    return switch (value) {
      case Value.Str(String text, boolean _, var _) -> text;
      case Value.Int(BigInteger i) -> i;
      case Value.Bool(boolean b) -> b ? BigInteger.ONE : BigInteger.ZERO;
      case Value.Real(double d) -> number(d);
      case Value.None() -> Special.NONE;
      case Value.Undefined _ -> Special.UNDEFINED;
      case Value.Bytes bytes -> bytes;
      case Value.Range range -> range;
      case Value.Tuple(List<Value> items, List<String> _) -> {
        List<Object> all = new ArrayList<>();
        items.forEach(i -> all.add(canonical(i, depth + 1)));
        yield all;
      }
      case Value.Function _, Value.Stream _ -> new Identity(value);
      case Value.Hosted(Host host) -> new Identity(host);
      case Value.ListOf _, Value.Mapping _, Value.View _ ->
          throw Fault.of("unhashable type: '" + Types.name(value) + "'");
    };
  }

  private static Object number(double d) {
    return Double.isFinite(d) && d == Math.rint(d) ? new BigDecimal(d).toBigInteger() : d;
  }
}
