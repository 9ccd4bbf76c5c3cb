package io.lorikeet.engine.text.template;

import java.util.Optional;

/** Gives nothing at its first call and the separator at all others. */
final class Joiner implements Host {
  private final Value separator;
  private boolean used;

  private Joiner(Value separator) {
    this.separator = separator;
  }

  static Value create(Arguments arguments) {
    Value separator = arguments.bind(0, "sep").at(0).orElse(Value.literal(", "));
    return new Value.Hosted(new Joiner(separator));
  }

  @Override
  public String type() {
    return "Joiner";
  }

  @Override
  public String print(Meter meter) {
    throw Fault.of("a Joiner has no printed form that is worth printing");
  }

  @Override
  public Optional<Value> attribute(String name) {
    return switch (name) {
      case "sep" -> Optional.of(separator);
      case "used" -> Optional.of(Value.of(used));
      default -> Optional.empty();
    };
  }

  @Override
  public Optional<Operation> callable() {
    return Optional.of((arguments, render) -> {
      arguments.bind(0);
      boolean first = !used;
      used = true;
      return first ? Value.EMPTY : separator;
    });
  }
}
