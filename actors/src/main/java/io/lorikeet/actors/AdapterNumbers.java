package io.lorikeet.actors;

import io.lorikeet.actors.Engine.NumberedAdapter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Numbers of adapters, for clients that know them by number. A name gets the next number when it is
 * first seen, names that are seen together in their order, and keeps it for ever: a number never
 * means another adapter.
 */
final class AdapterNumbers {
  private final int most;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /**
   * @param most names that get a number; later ones get none
   */
  AdapterNumbers(int most) {
    this.most = most;
  }

  /** Gives a number to each name that has none. */
  void learn(Collection<String> seen) {
    for (String name : new TreeSet<>(seen)) {
      if (names.size() < most && numbers.putIfAbsent(name, names.size()) == null) {
        names.add(name);
      }
    }
  }

  Optional<String> name(int number) {
    return number >= 0 && number < names.size() ? Optional.of(names.get(number)) : Optional.empty();
  }

  /** Those of the names that have a number, by number. */
  List<NumberedAdapter> of(Collection<String> wanted) {
    return wanted.stream()
        .filter(numbers::containsKey)
        .map(name -> new NumberedAdapter(numbers.getOrDefault(name, -1), name))
        .sorted((a, b) -> Integer.compare(a.number(), b.number()))
        .toList();
  }
}
