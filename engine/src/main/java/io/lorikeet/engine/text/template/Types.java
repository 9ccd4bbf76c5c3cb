package io.lorikeet.engine.text.template;

import java.util.List;
import java.util.Locale;

/** What kind of thing a value is: Python's names of types, truth, and the questions of tests. */
final class Types {
  private Types() {}

  static String name(Value value) {
    return switch (value) {
      case Value.Undefined _ -> "Undefined";
      case Value.None _ -> "NoneType";
      case Value.Bool _ -> "bool";
      case Value.Int _ -> "int";
      case Value.Real _ -> "float";
      case Value.Str(String _, boolean safe, var _) -> safe ? "Markup" : "str";
      case Value.Bytes _ -> "bytes";
      case Value.ListOf _ -> "list";
      case Value.Tuple _ -> "tuple";
      case Value.Range _ -> "range";
      case Value.View(Value.View.Kind kind, Dict _) ->
          "dict_" + kind.name().toLowerCase(Locale.ROOT);
      case Value.Stream(var _, String type) -> type;
      case Value.Function _ -> "function";
      case Value.Mapping _ -> "dict";
      case Value.Hosted(Host host) -> host.type();
    };
  }

  static boolean isTrue(Value value) {
    return switch (value) {
      case Value.Undefined _, Value.None _ -> false;
      case Value.Bool(boolean b) -> b;
      case Value.Int(var i) -> i.signum() != 0;
      case Value.Real(double d) -> d != 0;
      case Value.Str(String text, boolean _, var _) -> !text.isEmpty();
      case Value.Bytes(List<Byte> content) -> !content.isEmpty();
      case Value.ListOf(List<Value> items) -> !items.isEmpty();
      case Value.Tuple(List<Value> items, var _) -> !items.isEmpty();
      case Value.Range range -> range.size() > 0;
      case Value.View(var _, Dict dict) -> dict.size() > 0;
      case Value.Mapping(Dict dict) -> dict.size() > 0;
      case Value.Stream _, Value.Function _ -> true;
      case Value.Hosted(Host host) -> !(host instanceof LoopContext loop) || loop.length() > 0;
    };
  }

  static boolean isUndefined(Value value) {
    return value instanceof Value.Undefined;
  }

  static boolean isNumber(Value value) {
    return switch (value) {
      case Value.Bool _, Value.Int _, Value.Real _ -> true;
      default -> false;
    };
  }

  static boolean isCallable(Value value) {
    return switch (value) {
      case Value.Function _, Value.Undefined _ -> true;
      case Value.Hosted(Host host) -> host.callable().isPresent();
      default -> false;
    };
  }

  static boolean isIterable(Value value) {
    return isSequence(value)
        || value instanceof Value.View
        || value instanceof Value.Stream
        || value instanceof Value.Hosted(LoopContext _);
  }

  /** Has a length and can be indexed; dicts count, as in Jinja. */
  static boolean isSequence(Value value) {
    return switch (value) {
      case Value.Str _,
          Value.Bytes _,
          Value.ListOf _,
          Value.Tuple _,
          Value.Range _,
          Value.Mapping _,
          Value.Undefined _ ->
          true;
      default -> false;
    };
  }
}
