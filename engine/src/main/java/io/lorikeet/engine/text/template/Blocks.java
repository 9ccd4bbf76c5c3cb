package io.lorikeet.engine.text.template;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The {@code self} variable: renders a block of the template again. */
final class Blocks implements Host {
  private final Map<String, Statement.Block> byName;
  private final Function<Statement.Block, Value.Str> rendering;

  Blocks(Map<String, Statement.Block> byName, Function<Statement.Block, Value.Str> rendering) {
    this.byName = byName;
    this.rendering = rendering;
  }

  Optional<Value> element(Value key) {
    return key instanceof Value.Str(String name, boolean _, var _)
        ? Optional.ofNullable(byName.get(name)).map(this::reference)
        : Optional.empty();
  }

  private Value reference(Statement.Block block) {
    return new Value.Function(
        block.name(),
        (a, r) -> {
          a.bind(0);
          return rendering.apply(block);
        });
  }

  @Override
  public String type() {
    return "TemplateReference";
  }

  @Override
  public String print(Meter meter) {
    throw Fault.of("`self` has no printed form that is worth printing");
  }

  @Override
  public Optional<Value> attribute(String name) {
    return Optional.empty();
  }
}
