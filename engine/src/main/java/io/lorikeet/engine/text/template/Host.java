package io.lorikeet.engine.text.template;

import java.util.Optional;

/** An object of the interpreter that a template can hold, print and ask for attributes. */
interface Host {
  /** Python's name of its class. */
  String type();

  String print(Meter meter);

  Optional<Value> attribute(String name);

  /** What calling it does; empty if it can't be called. */
  default Optional<Operation> callable() {
    return Optional.empty();
  }
}
