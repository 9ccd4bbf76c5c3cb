package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One load of an adapter by name, for all who wait for it: requests that want a lease and slots
 * that want an image again. Bookkeeping of {@link AdapterBook}.
 */
final class AdapterLoad<H> {
  /** How far it is. */
  enum Stage {
    /** Waits for a free place, or for its next try. */
    QUEUED,
    COPYING,
    /** Makes the image; its generation is reserved in the host tier. */
    READING,
    /** Images in use leave no room on the host for this one. */
    CRAMPED,
    /** Another load makes the image of the same generation. */
    JOINED
  }

  /**
   * A request that waits.
   *
   * @param arrival order among arrivals and starts of loads
   * @param stamp of the files when the request came
   */
  record Waiter<H>(long arrival, H holder, Stamp stamp) {}

  final long id;
  final String name;
  final List<Waiter<H>> waiters = new ArrayList<>();
  final Set<GenerationId> pages = new LinkedHashSet<>();
  Stage stage = Stage.QUEUED;
  int tries;
  // Order of the current try among arrivals, and the times of the first start and the next try.
  long started;
  Optional<Long> firstStart = Optional.empty();
  long notBefore;
  Optional<Stamp> stamp = Optional.empty();
  Optional<Copy> copy = Optional.empty();
  // Host bytes that the image takes: those of the files, until they proved too few.
  long imageBytes;
  // What the name stood for before this load moved it.
  Optional<Swapped> swapped = Optional.empty();

  /** A name that was moved from one generation to another. */
  record Swapped(Optional<GenerationId> before, GenerationId after) {}

  AdapterLoad(long id, String name, long notBefore) {
    this.id = id;
    this.name = name;
    this.notBefore = notBefore;
  }

  GenerationId generation() {
    return copy.orElseThrow().generation();
  }

  boolean active() {
    return stage != Stage.QUEUED;
  }

  boolean wanted() {
    return !waiters.isEmpty() || !pages.isEmpty();
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
