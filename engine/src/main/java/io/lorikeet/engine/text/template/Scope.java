package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The names of a template, a macro, a loop or a block, on top of those around it. Macros keep the
 * scope they were defined in and see what is stored there later.
 */
final class Scope {
  private final Optional<Scope> outer;
  private final Map<String, Value> names = new HashMap<>();

  private Scope(Optional<Scope> outer) {
    this.outer = outer;
  }

  static Scope root() {
    return new Scope(Optional.empty());
  }

  Scope inner() {
    return new Scope(Optional.of(this));
  }

  Optional<Value> find(String name) {
    Optional<Scope> scope = Optional.of(this);
    while (scope.isPresent()) {
      Value value = scope.get().names.get(name);
      if (value != null) {
        return Optional.of(value);
      }
      scope = scope.get().outer;
    }
    return Optional.empty();
  }

  void set(String name, Value value) {
    names.put(name, value);
  }

  /** For the next round of a loop. */
  void clear() {
    names.clear();
  }
}
