package io.lorikeet.actors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Adapters that are being looked for, one entry for each request. */
final class LookUps<H> {
  /**
   * A look-up.
   *
   * @param id order among arrivals and starts of loads
   */
  record LookUp<H>(long id, Asker<H> asker, String name, long deadline) {}

  private final Map<Long, LookUp<H>> open = new HashMap<>();

  void open(LookUp<H> lookUp) {
    open.put(lookUp.id(), lookUp);
  }

  /** Empty when it was given up before. */
  Optional<LookUp<H>> close(long id) {
    return Optional.ofNullable(open.remove(id));
  }

  /** Gives up those that took too long. */
  List<LookUp<H>> takeLate(long now) {
    List<LookUp<H>> late =
        open.values().stream().filter(lookUp -> now - lookUp.deadline() >= 0).toList();
    late.forEach(lookUp -> open.remove(lookUp.id()));
    return late;
  }

  List<LookUp<H>> takeAll() {
    List<LookUp<H>> all = List.copyOf(open.values());
    open.clear();
    return all;
  }

  /** The holder is dead. */
  void drop(H holder) {
    open.values().removeIf(lookUp -> lookUp.asker().holder().equals(holder));
  }

  OptionalLong nextWakeNanos() {
    return open.values().stream().mapToLong(LookUp::deadline).min();
  }
}
