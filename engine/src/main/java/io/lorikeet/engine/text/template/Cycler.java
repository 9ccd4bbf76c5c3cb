package io.lorikeet.engine.text.template;

import java.util.List;
import java.util.Optional;

/** Goes round its values, one at each {@code next()}. */
final class Cycler implements Host {
  private final List<Value> items;
  private int at;

  private Cycler(List<Value> items) {
    this.items = items;
  }

  static Value create(Arguments arguments) {
    if (arguments.positional().isEmpty() || !arguments.named().isEmpty()) {
      throw Fault.of("at least one item has to be provided");
    }
    return new Value.Hosted(new Cycler(arguments.positional()));
  }

  @Override
  public String type() {
    return "Cycler";
  }

  @Override
  public String print(Meter meter) {
    throw Fault.of("a Cycler has no printed form that is worth printing");
  }

  @Override
  public Optional<Value> attribute(String name) {
    return switch (name) {
      case "current" -> Optional.of(items.get(at));
      case "pos" -> Optional.of(Value.of(at));
      case "items" -> Optional.of(Value.tuple(items));
      case "next" -> Optional.of(new Value.Function(name, (a, r) -> next(a)));
      case "reset" ->
          Optional.of(
              new Value.Function(
                  name,
                  (a, r) -> {
                    a.bind(0);
                    at = 0;
                    return Value.NONE;
                  }));
      default -> Optional.empty();
    };
  }

  private Value next(Arguments arguments) {
    arguments.bind(0);
    Value value = items.get(at);
    at = (at + 1) % items.size();
    return value;
  }
}
