package io.lorikeet.engine.text.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Supplier;

/** Values that are computed when they are asked for, each at a cost. */
final class Generated implements Iterator<Value> {
  private final Meter meter;
  private final Supplier<Optional<Value>> source;
  private Optional<Value> ready = Optional.empty();
  private boolean ended;

  private Generated(Meter meter, Supplier<Optional<Value>> source) {
    this.meter = meter;
    this.source = source;
  }

  /**
   * @param source the next value; empty at the end
   */
  static Iterator<Value> from(Meter meter, Supplier<Optional<Value>> source) {
    return new Generated(meter, source);
  }

  static Value stream(Meter meter, Supplier<Optional<Value>> source) {
    return new Value.Stream(from(meter, source), "generator");
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && !ended) {
      meter.enterFar();
      ready = source.get();
      meter.leaveFar();
      ended = ready.isEmpty();
    }
    return ready.isPresent();
  }

  @Override
  public Value next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Value value = ready.orElseThrow();
    ready = Optional.empty();
    return value;
  }
}
