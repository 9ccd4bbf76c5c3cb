package io.lorikeet.engine.text.template;

import java.time.ZonedDateTime;
import java.util.Optional;

/** One rendering: its budget, its time, and what evaluates expressions and runs statements. */
final class Render {
  private final Meter meter;
  private final ZonedDateTime now;
  private final Comparison comparison;
  private final Evaluator evaluator;
  private final Runner runner;

  Render(TemplateLimits limits, ZonedDateTime now) {
    this.meter = new Meter(limits);
    this.now = now;
    this.comparison = new Comparison(meter);
    this.evaluator = new Evaluator(this);
    this.runner = new Runner(this);
  }

  Meter meter() {
    return meter;
  }

  ZonedDateTime now() {
    return now;
  }

  Comparison comparison() {
    return comparison;
  }

  Evaluator evaluator() {
    return evaluator;
  }

  Runner runner() {
    return runner;
  }

  Value call(Value callee, Arguments arguments) {
    Optional<Operation> operation =
        switch (callee) {
          case Value.Function(String _, Operation o) -> Optional.of(o);
          case Value.Hosted(Host host) -> host.callable();
          case Value.Undefined(String message) -> throw Fault.of(message);
          default -> Optional.empty();
        };
    return operation
        .orElseThrow(() -> Fault.of("'" + Types.name(callee) + "' object is not callable"))
        .apply(arguments, this);
  }

  Value filter(String name, Arguments arguments) {
    Operation filter = Filters.ALL.get(name);
    if (filter == null) {
      throw Fault.of("there is no filter named '" + name + "'");
    }
    return filter.apply(arguments, this);
  }

  boolean test(String name, Arguments arguments) {
    Operation test = Tests.ALL.get(name);
    if (test == null) {
      throw Fault.of("there is no test named '" + name + "'");
    }
    return Types.isTrue(test.apply(arguments, this));
  }

  /** What printing a value writes, with its origin. */
  Value.Str str(Value value) {
    return PythonText.text(value, meter);
  }

  String text(Value value) {
    return PythonText.str(value, meter);
  }
}
