package io.lorikeet.engine.text.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** The {@code loop} variable: where a loop is. Looks ahead only as far as a template asks. */
final class LoopContext implements Host {
  private final Iterator<Value> values;
  private final Deque<Value> ahead = new ArrayDeque<>();
  private final int depth;
  private final Optional<BiFunction<Value, Integer, Value.Str>> recursion;
  private final Meter meter;
  private long index = -1;
  private Optional<Value> previous = Optional.empty();
  private Optional<Value> current = Optional.empty();
  private Optional<List<Value>> changed = Optional.empty();

  /**
   * @param depth of recursive loops inside each other, from 0
   * @param recursion renders the loop's body again for values at a depth
   */
  LoopContext(
      Iterator<Value> values,
      int depth,
      Optional<BiFunction<Value, Integer, Value.Str>> recursion,
      Meter meter) {
    this.values = values;
    this.depth = depth;
    this.recursion = recursion;
    this.meter = meter;
  }

  boolean hasNext() {
    return !ahead.isEmpty() || values.hasNext();
  }

  Value next() {
    Value value = ahead.isEmpty() ? values.next() : ahead.removeFirst();
    previous = current;
    current = Optional.of(value);
    index++;
    return value;
  }

  private Optional<Value> peek() {
    if (ahead.isEmpty() && values.hasNext()) {
      ahead.addLast(values.next());
    }
    return Optional.ofNullable(ahead.peekFirst());
  }

  long length() {
    while (values.hasNext()) {
      meter.items(8);
      ahead.addLast(values.next());
    }
    return index + 1 + ahead.size();
  }

  @Override
  public String type() {
    return "LoopContext";
  }

  @Override
  public String print(Meter meter) {
    return "<LoopContext " + (index + 1) + "/" + length() + ">";
  }

  @Override
  public Optional<Value> attribute(String name) {
    return switch (name) {
      case "index" -> Optional.of(Value.of(index + 1));
      case "index0" -> Optional.of(Value.of(index));
      case "length" -> Optional.of(Value.of(length()));
      case "revindex" -> Optional.of(Value.of(length() - index));
      case "revindex0" -> Optional.of(Value.of(length() - index - 1));
      case "first" -> Optional.of(Value.of(index == 0));
      case "last" -> Optional.of(Value.of(peek().isEmpty()));
      case "depth" -> Optional.of(Value.of(depth + 1L));
      case "depth0" -> Optional.of(Value.of(depth));
      case "previtem" ->
          Optional.of(previous.orElse(new Value.Undefined("there is no previous item")));
      case "nextitem" -> Optional.of(peek().orElse(new Value.Undefined("there is no next item")));
      case "cycle" -> Optional.of(new Value.Function(name, (a, r) -> cycle(a)));
      case "changed" -> Optional.of(new Value.Function(name, this::changed));
      default -> Optional.empty();
    };
  }

  private Value cycle(Arguments arguments) {
    List<Value> items = arguments.positional();
    if (items.isEmpty() || !arguments.named().isEmpty()) {
      throw Fault.of("no items for cycling given");
    }
    return items.get((int) (index % items.size()));
  }

  private Value changed(Arguments arguments, Render render) {
    List<Value> now = new ArrayList<>(arguments.positional());
    boolean same =
        changed
            .filter(c -> render.comparison().equal(Value.tuple(c), Value.tuple(now)))
            .isPresent();
    changed = Optional.of(now);
    return Value.of(!same);
  }

  @Override
  public Optional<Operation> callable() {
    return Optional.of((arguments, render) -> {
      BiFunction<Value, Integer, Value.Str> again =
          recursion.orElseThrow(() ->
              Fault.of("The loop must have the 'recursive' marker to be called recursively."));
      return again.apply(arguments.bind(1, "iterable").value(0), depth + 1);
    });
  }
}
