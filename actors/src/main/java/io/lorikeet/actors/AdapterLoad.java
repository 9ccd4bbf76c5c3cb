package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The load of an adapter by name. */
final class AdapterLoad<H> extends ImageLoad<H> {
  /**
   * A request that waits.
   *
   * @param arrival order among arrivals and starts of loads
   * @param stamp of the files when the request came
   */
  record Waiter<H>(long arrival, Asker<H> asker, Stamp stamp) {}

  /** A name that was moved from one generation to another. */
  record Swapped(Optional<GenerationId> before, GenerationId after) {}

  final List<Waiter<H>> waiters = new ArrayList<>();
  // Order of the current try among arrivals.
  long started;
  Optional<Stamp> stamp = Optional.empty();
  Optional<Copy> copy = Optional.empty();
  // What the name stood for before this load moved it.
  Optional<Swapped> swapped = Optional.empty();

  AdapterLoad(long id, String name, long notBefore) {
    super(id, name, notBefore);
  }

  String name() {
    return key;
  }

  @Override
  Optional<GenerationId> target() {
    return copy.map(Copy::generation);
  }

  @Override
  boolean hasWaiters() {
    return !waiters.isEmpty();
  }

  @Override
  void dropWaiters(H holder) {
    waiters.removeIf(waiter -> waiter.asker().holder().equals(holder));
  }

  /** The files that it saw: those of its copy, or those that the last one waits for. */
  Optional<Stamp> seen() {
    return stamp.or(
        () -> waiters.stream().filter(this::serves).map(Waiter::stamp).reduce((_, last) -> last));
  }

  /** Whether the load shows what the waiter came for: it saw these files, or later ones. */
  boolean serves(Waiter<H> waiter) {
    return started > waiter.arrival() || stamp.equals(Optional.of(waiter.stamp()));
  }
}
