package io.lorikeet.engine.text.template;

import java.math.BigInteger;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * A value of a template, with the types and the meaning of Python. All are immutable but {@link
 * Stream}, which is used up by reading, and some {@link Host} objects. Equality in the template's
 * sense is {@link Comparison#equal}.
 */
sealed interface Value {
  Value NONE = new None();
  Value TRUE = new Bool(true);
  Value FALSE = new Bool(false);
  Str EMPTY = new Str("", false, Origin.TEMPLATE);

  /** Prints nothing, is false and empty; most other uses fail with its message. */
  record Undefined(String message) implements Value {}

  record None() implements Value {}

  record Bool(boolean value) implements Value {}

  record Int(BigInteger value) implements Value {}

  record Real(double value) implements Value {}

  /**
   * A text, by code points.
   *
   * @param safe marked as HTML: texts that it is joined with by {@code +} are escaped
   * @param origin which parts of it came with the request
   */
  record Str(String text, boolean safe, Origin origin) implements Value {
    /** The part between two UTF-16 indexes. */
    Str part(int from, int to) {
      return from == 0 && to == text.length()
          ? this
          : new Str(text.substring(from, to), safe, origin.part(from, to));
    }

    Str followedBy(Str next) {
      return new Str(
          text + next.text, safe || next.safe, origin.followedBy(text.length(), next.origin));
    }

    Str marked(boolean asSafe) {
      return safe == asSafe ? this : new Str(text, asSafe, origin);
    }
  }

  record Bytes(List<Byte> content) implements Value {}

  record ListOf(List<Value> items) implements Value {
    public ListOf {
      items = Collections.unmodifiableList(items);
    }
  }

  /**
   * A tuple, named or not.
   *
   * @param names of the items, for a named tuple; else empty
   */
  record Tuple(List<Value> items, List<String> names) implements Value {
    public Tuple {
      items = Collections.unmodifiableList(items);
    }
  }

  /**
   * {@code start, start + step, ...} as long as {@code stop} is not reached; never materialized.
   */
  record Range(long start, long stop, long step) implements Value {
    long size() {
      long span = step > 0 ? stop - start : start - stop;
      long stride = Math.abs(step);
      return span <= 0 ? 0 : (span - 1) / stride + 1;
    }

    Value at(long index) {
      return of(start + index * step);
    }
  }

  /** The live keys, values or items of a dict. */
  record View(Kind kind, Dict dict) implements Value {
    enum Kind {
      KEYS,
      VALUES,
      ITEMS
    }
  }

  /**
   * Values that come one by one and once only.
   *
   * @param type Python's name for it
   */
  record Stream(Iterator<Value> values, String type) implements Value {}

  /** Something to call: a global function or the method of a value. */
  record Function(String name, Operation operation) implements Value {}

  /** Wraps the sealed {@link Dict}, an insertion-ordered mapping with Python's key equality. */
  record Mapping(Dict dict) implements Value {}

  /** Macros, loops, namespaces: objects with attributes of their own. */
  record Hosted(Host host) implements Value {}

  static Value of(boolean value) {
    return value ? TRUE : FALSE;
  }

  static Int of(long value) {
    return new Int(BigInteger.valueOf(value));
  }

  static Real of(double value) {
    return new Real(value);
  }

  /** A text that stands in the template, or that was made here from nothing that came in. */
  static Str literal(String text) {
    return new Str(text, false, Origin.TEMPLATE);
  }

  /** A text that came with the request. */
  static Str given(String text) {
    return new Str(text, false, Origin.request(text.length()));
  }

  /**
   * A text that was made from others in a way in which the places of their parts are lost: all of
   * it counts as the request's if any of them has a part of it.
   *
   * @param sources values whose printed form was bounded before
   */
  static Str derived(String text, Value... sources) {
    for (Value source : sources) {
      if (isTouched(source)) {
        return given(text);
      }
    }
    return literal(text);
  }

  /** Whether any text in a value came with the request; yes for what can't be looked into. */
  private static boolean isTouched(Value value) {
    return switch (value) {
      case Str str -> !str.origin.isTemplate();
      case ListOf(List<Value> items) -> items.stream().anyMatch(Value::isTouched);
      case Tuple(List<Value> items, var _) -> items.stream().anyMatch(Value::isTouched);
      case Mapping(Dict dict) -> isTouched(dict);
      case View(var _, Dict dict) -> isTouched(dict);
      case Bytes _, Stream _, Hosted _ -> true;
      case Undefined _, None _, Bool _, Int _, Real _, Range _, Function _ -> false;
    };
  }

  private static boolean isTouched(Dict dict) {
    return dict.entries().stream().anyMatch(e -> isTouched(e.key()) || isTouched(e.value()));
  }

  static ListOf list(List<Value> items) {
    return new ListOf(items);
  }

  static Tuple tuple(List<Value> items) {
    return new Tuple(items, List.of());
  }

  static Tuple pair(Value first, Value second) {
    return tuple(List.of(first, second));
  }

  static Undefined missing(String name) {
    return new Undefined("'" + name + "' is undefined");
  }
}
