package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One image on its way to the host, for all who wait for it: requests that want a lease and slots
 * that want an image again. Bookkeeping of {@link AdapterBook}.
 *
 * @param <H> who holds leases
 */
abstract sealed class ImageLoad<H> permits AdapterLoad, MergeLoad {
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

  final long id;
  // Of loads with the same key there is one at a time.
  final String key;
  final Set<GenerationId> pages = new LinkedHashSet<>();
  Stage stage = Stage.QUEUED;
  int tries;
  Optional<Long> firstStart = Optional.empty();
  long notBefore;
  // Host bytes that the image takes: a guess, until it proved too small.
  long imageBytes = 1;

  ImageLoad(long id, String key, long notBefore) {
    this.id = id;
    this.key = key;
    this.notBefore = notBefore;
  }

  /** Of the image; empty until the files were copied. */
  abstract Optional<GenerationId> target();

  abstract boolean hasWaiters();

  /** The holder is dead. */
  abstract void dropWaiters(H holder);

  GenerationId generation() {
    return target().orElseThrow();
  }

  boolean active() {
    return stage != Stage.QUEUED;
  }

  boolean wanted() {
    return hasWaiters() || !pages.isEmpty();
  }
}
