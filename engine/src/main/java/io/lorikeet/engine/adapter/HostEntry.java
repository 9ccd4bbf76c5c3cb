package io.lorikeet.engine.adapter;

import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/** Bookkeeping of one generation in a {@link HostTier}. */
final class HostEntry {
  /** Who goes first: those without a lease, then the least recently used; the order is total. */
  static final Comparator<HostEntry> FIRST_TO_GO =
      Comparator.comparing((HostEntry e) -> e.leases > 0)
          .thenComparingLong(e -> e.lastUsed)
          .thenComparingLong(e -> e.serial);

  final GenerationId generation;
  final long serial;
  int names;
  int leases;
  int pins;
  long lastUsed;
  long reserved;
  Optional<AdapterImage> image = Optional.empty();
  // What the image said; still known when it is gone.
  boolean composes;
  // What it was merged from; empty for adapters that were loaded.
  Set<GenerationId> parts = Set.of();

  HostEntry(GenerationId generation, long serial) {
    this.generation = generation;
    this.serial = serial;
  }

  boolean evictable() {
    return image.isPresent() && pins == 0;
  }

  /** Nothing refers to it and no load will come back for it. */
  boolean unused() {
    return names == 0 && leases == 0 && pins == 0 && reserved == 0;
  }

  long imageBytes() {
    return image.map(AdapterImage::bytes).orElse(0L);
  }

  Residency residency() {
    Residency.State state =
        image.isPresent()
            ? Residency.State.HOST
            : reserved > 0 ? Residency.State.LOADING : Residency.State.KNOWN;
    return new Residency(
        generation, state, image.isPresent() ? imageBytes() : reserved, leases, pins);
  }
}
