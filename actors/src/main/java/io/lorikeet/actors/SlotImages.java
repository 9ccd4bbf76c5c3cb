package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HostTier;
import java.util.HashSet;
import java.util.Set;

/**
 * Which images device slots use, one pin each. A new executor starts a new epoch with empty slots.
 */
final class SlotImages {
  private final HostTier tier;
  private final Set<GenerationId> pinned = new HashSet<>();
  private long epoch;

  SlotImages(HostTier tier) {
    this.tier = tier;
  }

  long epoch() {
    return epoch;
  }

  /** Moves on to a later epoch. False: this one is over. */
  boolean follow(long given) {
    if (given > epoch) {
      epoch = given;
      pinned.forEach(tier::unpin);
      pinned.clear();
    }
    return given == epoch;
  }

  /** The image must be on the host. */
  void pin(GenerationId generation, long now) {
    if (pinned.add(generation)) {
      tier.pin(generation, now);
    }
  }

  void unpin(GenerationId generation) {
    if (pinned.remove(generation)) {
      tier.unpin(generation);
    }
  }
}
