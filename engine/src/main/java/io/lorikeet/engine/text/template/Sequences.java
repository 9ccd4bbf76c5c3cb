package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Values as rows of values: iteration, length, subscripts and slices. */
final class Sequences {
  private Sequences() {}

  static Iterator<Value> iterator(Value value, Meter meter) {
    return switch (value) {
      case Value.Stream(Iterator<Value> values, String _) -> values;
      case Value.Range range -> LongStream.range(0, range.size()).mapToObj(range::at).iterator();
      case Value.Undefined _,
          Value.Str _,
          Value.Bytes _,
          Value.ListOf _,
          Value.Tuple _,
          Value.View _,
          Value.Mapping _ ->
          list(value, meter).iterator();
      case Value.None _,
          Value.Bool _,
          Value.Int _,
          Value.Real _,
          Value.Function _,
          Value.Hosted _ ->
          throw Fault.of("'" + Types.name(value) + "' object is not iterable");
    };
  }

  /** All values; uses up a stream. */
  static List<Value> list(Value value, Meter meter) {
    return switch (value) {
      case Value.Undefined _ -> List.of();
      case Value.ListOf(List<Value> items) -> counted(items, meter);
      case Value.Tuple(List<Value> items, var _) -> counted(items, meter);
      case Value.Str str -> characters(str.marked(false), meter);
      case Value.Mapping(Dict dict) -> counted(dict.keys(), meter);
      case Value.View(Value.View.Kind kind, Dict dict) ->
          counted(
              switch (kind) {
                case KEYS -> dict.keys();
                case VALUES -> dict.values();
                case ITEMS -> pairs(dict);
              },
              meter);
      case Value.Bytes(List<Byte> content) -> {
        List<Value> all = new ArrayList<>();
        content.forEach(b -> all.add(Value.of(b & 0xff)));
        yield counted(all, meter);
      }
      default -> {
        List<Value> all = new ArrayList<>();
        iterator(value, meter)
            .forEachRemaining(v -> {
              meter.items(8);
              all.add(v);
            });
        yield all;
      }
    };
  }

  private static List<Value> counted(List<Value> items, Meter meter) {
    meter.items(items.size());
    return items;
  }

  private static List<Value> characters(Value.Str str, Meter meter) {
    String text = str.text();
    meter.items(text.length());
    List<Value> all = new ArrayList<>(text.length());
    int to;
    for (int from = 0; from < text.length(); from = to) {
      to = from + Character.charCount(text.codePointAt(from));
      all.add(str.part(from, to));
    }
    return all;
  }

  static List<Value> pairs(Dict dict) {
    List<Value> pairs = new ArrayList<>(dict.size());
    dict.entries().forEach(e -> pairs.add(Value.pair(e.key(), e.value())));
    return pairs;
  }

  static long length(Value value) {
    return switch (value) {
      case Value.Undefined _ -> 0;
      case Value.Str(String text, boolean _, var _) -> Unicode.length(text);
      case Value.Bytes(List<Byte> content) -> content.size();
      case Value.ListOf(List<Value> items) -> items.size();
      case Value.Tuple(List<Value> items, var _) -> items.size();
      case Value.Mapping(Dict dict) -> dict.size();
      case Value.View(var _, Dict dict) -> dict.size();
      case Value.Range range -> range.size();
      case Value.Hosted(LoopContext loop) -> loop.length();
      case Value.None _,
          Value.Bool _,
          Value.Int _,
          Value.Real _,
          Value.Stream _,
          Value.Function _,
          Value.Hosted _ ->
          throw Fault.of("object of type '" + Types.name(value) + "' has no len()");
    };
  }

  /** The element that brackets give; empty if there is none or the value has no such elements. */
  static Optional<Value> at(Value value, Value index) {
    if (value instanceof Value.Mapping(Dict dict)) {
      return hashable(index) ? dict.get(index) : Optional.empty();
    }
    Optional<BigInteger> position = Numbers.integer(index);
    if (position.isEmpty() || position.get().bitLength() > 31) {
      return Optional.empty();
    }
    return switch (value) {
      case Value.ListOf(List<Value> items) -> at(items, position.get().intValue());
      case Value.Tuple(List<Value> items, var _) -> at(items, position.get().intValue());
      case Value.Range range -> {
        long i = position.get().longValue();
        long at = i < 0 ? i + range.size() : i;
        yield at >= 0 && at < range.size() ? Optional.of(range.at(at)) : Optional.empty();
      }
      case Value.Bytes(List<Byte> content) -> {
        int i = normalized(position.get().intValue(), content.size());
        yield i < 0 ? Optional.empty() : Optional.of(Value.of(content.get(i) & 0xff));
      }
      case Value.Str str -> {
        int i = normalized(position.get().intValue(), Unicode.length(str.text()));
        if (i < 0) {
          yield Optional.empty();
        }
        int from = Unicode.offset(str.text(), i);
        yield Optional.of(str.part(from, str.text().offsetByCodePoints(from, 1)));
      }
      default -> Optional.empty();
    };
  }

  private static boolean hashable(Value value) {
    return switch (value) {
      case Value.ListOf _, Value.Mapping _, Value.View _ -> false;
      case Value.Tuple(List<Value> items, var _) -> items.stream().allMatch(Sequences::hashable);
      default -> true;
    };
  }

  private static Optional<Value> at(List<Value> items, int position) {
    int i = normalized(position, items.size());
    return i < 0 ? Optional.empty() : Optional.of(items.get(i));
  }

  /** Position from the start, or -1 if it is outside. */
  private static int normalized(int position, int size) {
    int i = position < 0 ? position + size : position;
    return i < size ? Math.max(i, -1) : -1;
  }

  /** Slices like Python: bounds outside are cut, negative ones count from the end. */
  static Value slice(Value value, Value start, Value stop, Value step, Meter meter) {
    if (value instanceof Value.Undefined(String message)) {
      throw Fault.of(message);
    }
    if (value instanceof Value.Str str) {
      String text = str.text();
      meter.chars(text.length());
      boolean simple = text.length() == Unicode.length(text);
      int[] codePoints = simple ? new int[0] : text.codePoints().toArray();
      int size = simple ? text.length() : codePoints.length;
      Bounds bounds = Bounds.of(start, stop, step, size);
      if (simple && bounds.step == 1) {
        int end = Math.max((int) bounds.start, (int) bounds.stop);
        return str.part((int) bounds.start, end);
      }
      StringBuilder out = new StringBuilder();
      bounds.positions().forEach(i -> out.appendCodePoint(simple ? text.charAt(i) : codePoints[i]));
      return Value.derived(out.toString(), str).marked(str.safe());
    }
    if (value instanceof Value.Range range) {
      if (range.size() > Integer.MAX_VALUE) {
        throw Fault.of("the range is too long for a slice");
      }
      Bounds b = Bounds.of(start, stop, step, (int) range.size());
      return new Value.Range(
          range.start() + b.start * range.step(),
          range.start() + b.stop * range.step(),
          range.step() * b.step);
    }
    return switch (value) {
      case Value.ListOf(List<Value> items) -> Value.list(slice(items, start, stop, step, meter));
      case Value.Tuple(List<Value> items, var _) ->
          Value.tuple(slice(items, start, stop, step, meter));
      case Value.Bytes _ -> throw Fault.of("slices of bytes are not supported");
      default -> throw Fault.of("'" + Types.name(value) + "' object is not subscriptable");
    };
  }

  private static List<Value> slice(
      List<Value> items, Value start, Value stop, Value step, Meter meter) {
    Bounds bounds = Bounds.of(start, stop, step, items.size());
    List<Value> out = new ArrayList<>();
    bounds.positions().forEach(i -> out.add(items.get(i)));
    meter.items(out.size());
    return out;
  }

  private record Bounds(long start, long stop, long step) {
    static Bounds of(Value start, Value stop, Value step, int size) {
      long stride = step instanceof Value.None ? 1 : clamped(step);
      if (stride == 0) {
        throw Fault.of("slice step cannot be zero");
      }
      boolean forward = stride > 0;
      long low = forward ? 0 : -1;
      long high = forward ? size : size - 1L;
      return new Bounds(
          bound(start, forward ? low : high, low, high, size),
          bound(stop, forward ? high : low, low, high, size),
          stride);
    }

    private static long bound(Value value, long otherwise, long low, long high, int size) {
      if (value instanceof Value.None) {
        return otherwise;
      }
      long i = clamped(value);
      return Math.clamp(i < 0 ? i + size : i, low, high);
    }

    private static long clamped(Value value) {
      BigInteger i =
          Numbers.integer(value)
              .orElseThrow(() -> Fault.of("slice indices must be integers or None"));
      return i.bitLength() > 40 ? (i.signum() < 0 ? -(1L << 40) : 1L << 40) : i.longValue();
    }

    java.util.stream.IntStream positions() {
      long size = new Value.Range(start, stop, step).size();
      return LongStream.range(0, size).mapToInt(i -> (int) (start + i * step));
    }
  }

  /** The same values from the end. */
  static Iterator<Value> reversed(Value value, Meter meter) {
    return switch (value) {
      case Value.Stream _, Value.None _, Value.Bool _, Value.Int _, Value.Real _ ->
          throw Fault.of("'" + Types.name(value) + "' object is not reversible");
      default -> {
        List<Value> all = new ArrayList<>(list(value, meter));
        Collections.reverse(all);
        yield all.iterator();
      }
    };
  }
}
