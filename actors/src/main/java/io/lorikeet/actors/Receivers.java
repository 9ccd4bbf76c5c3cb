package io.lorikeet.actors;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Who gets the events of which sequence.
 *
 * @param <R> a receiver, by {@code equals}
 */
final class Receivers<R> {
  private final Map<Long, R> bySequence = new HashMap<>();
  private final Map<R, Set<Long>> sequences = new HashMap<>();

  /** Adds a sequence; true when it is the first one of its receiver. */
  boolean add(long sequence, R receiver) {
    bySequence.put(sequence, receiver);
    Set<Long> ids = sequences.computeIfAbsent(receiver, _ -> new HashSet<>());
    ids.add(sequence);
    return ids.size() == 1;
  }

  Optional<R> of(long sequence) {
    return Optional.ofNullable(bySequence.get(sequence));
  }

  /** Removes a sequence; the receiver if it was its last one. */
  Optional<R> remove(long sequence) {
    R receiver = bySequence.remove(sequence);
    if (receiver == null) {
      return Optional.empty();
    }
    Set<Long> ids = sequences.getOrDefault(receiver, Set.of());
    ids.remove(sequence);
    if (!ids.isEmpty()) {
      return Optional.empty();
    }
    sequences.remove(receiver);
    return Optional.of(receiver);
  }

  /** The sequences of a receiver, a copy. */
  Set<Long> sequencesOf(R receiver) {
    return Set.copyOf(sequences.getOrDefault(receiver, Set.of()));
  }

  /** Calls for every sequence and forgets all. */
  void drain(BiConsumer<Long, R> each) {
    Map<Long, R> all = Map.copyOf(bySequence);
    bySequence.clear();
    sequences.clear();
    all.forEach(each);
  }
}
