package io.lorikeet.engine.adapter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which adapters exist, which generation each name stands for, who uses them, and which images lie
 * on the host within a byte budget. Pure bookkeeping: it loads nothing, starts no thread and reads
 * no clock; one owner calls it. Times are nanoseconds on any monotonic scale.
 *
 * <p>A <em>lease</em> keeps a generation known but not its bytes; a <em>pin</em> keeps the bytes,
 * for as long as a device slot uses the image. When room is needed, images go that are neither
 * pinned nor leased, then leased ones, the least recently used first. A generation without name,
 * lease, pin and load is forgotten at once and reported by {@link #takeForgotten}.
 *
 * <p>A generation that is merged from others has no name. Once nobody uses it, its image stays
 * while each of its parts is what some name stands for; it is forgotten with its image.
 *
 * <p>A load goes {@code reserve, (load elsewhere), fill | abandon}.
 */
public final class HostTier {
  private final long budgetBytes;
  private final int namesMax;
  private final Map<GenerationId, HostEntry> entries = new HashMap<>();
  private final Map<String, HostEntry> byName = new TreeMap<>();
  private final Map<Long, HostEntry> byLease = new HashMap<>();
  private final Set<HostEntry> merged = new LinkedHashSet<>();
  private final TreeSet<HostEntry> evictable = new TreeSet<>(HostEntry.FIRST_TO_GO);
  private final List<GenerationId> forgotten = new ArrayList<>();
  private long usedBytes;
  private long reservedBytes;
  private long evictableBytes;
  private long serials;
  private long leaseIds;

  /**
   * @param budgetBytes limit of images and loads in flight together
   * @param namesMax limit of names
   */
  public HostTier(long budgetBytes, int namesMax) {
    if (budgetBytes < 0 || namesMax < 0) {
      throw new IllegalArgumentException(
          "limits must be >= 0. Given: " + budgetBytes + ", " + namesMax);
    }
    this.budgetBytes = budgetBytes;
    this.namesMax = namesMax;
  }

  /** What the name stands for now. */
  public Optional<GenerationId> current(String name) {
    return Optional.ofNullable(byName.get(name)).map(e -> e.generation);
  }

  /** All names, sorted. */
  public SequencedCollection<String> names() {
    return List.copyOf(byName.keySet());
  }

  /**
   * Compare and set: lets the name stand for {@code next} if it stands for {@code expected} now
   * (empty: if it is free). Running users of the previous generation keep theirs.
   */
  public Swap swap(String name, Optional<GenerationId> expected, GenerationId next) {
    Optional<GenerationId> previous = current(name);
    if (!previous.equals(expected)) {
      return new Swap.Mismatch(previous);
    }
    if (previous.isEmpty() && byName.size() >= namesMax) {
      return new Swap.TooMany(namesMax);
    }
    HostEntry entry = known(next);
    change(entry, () -> entry.names++);
    HostEntry old = byName.put(name, entry);
    if (old != null) {
      unname(old);
    }
    return new Swap.Done(previous);
  }

  /** Removes a name if it stands for {@code expected}. Running users keep the generation. */
  public Swap remove(String name, GenerationId expected) {
    Optional<GenerationId> previous = current(name);
    if (!previous.equals(Optional.of(expected))) {
      return new Swap.Mismatch(previous);
    }
    HostEntry old = byName.remove(name);
    if (old != null) {
      unname(old);
    }
    return new Swap.Done(previous);
  }

  /** A lease on what the name stands for now; empty when there is no such name. */
  public Optional<Lease> lease(String name, long now) {
    HostEntry entry = byName.get(name);
    if (entry == null) {
      return Optional.empty();
    }
    return Optional.of(lease(entry, name, now));
  }

  /**
   * A lease on a generation that is merged from others, which need not be known. Merges compose.
   *
   * @param name for the lease; it stands for nothing
   */
  public Lease leaseMerged(
      String name, GenerationId generation, Set<GenerationId> parts, long now) {
    HostEntry entry = known(generation);
    entry.parts = Set.copyOf(parts);
    entry.composes = true;
    merged.add(entry);
    return lease(entry, name, now);
  }

  private Lease lease(HostEntry entry, String name, long now) {
    Lease lease = new Lease(++leaseIds, name, entry.generation, entry.composes);
    byLease.put(lease.id(), entry);
    change(
        entry,
        () -> {
          entry.leases++;
          entry.lastUsed = now;
        });
    return lease;
  }

  /** Gives a lease back. False when it was given back before: its owner may have died meanwhile. */
  public boolean release(long leaseId) {
    HostEntry entry = byLease.remove(leaseId);
    if (entry == null) {
      return false;
    }
    change(entry, () -> entry.leases--);
    return true;
  }

  /** The image if it is on the host; counts as a use. */
  public Optional<AdapterImage> image(GenerationId generation, long now) {
    HostEntry entry = entries.get(generation);
    if (entry == null || entry.image.isEmpty()) {
      return Optional.empty();
    }
    change(entry, () -> entry.lastUsed = now);
    return entry.image;
  }

  /** State and counts of a generation; empty when it is not known. */
  public Optional<Residency> residency(GenerationId generation) {
    return Optional.ofNullable(entries.get(generation)).map(HostEntry::residency);
  }

  /**
   * Makes room for a load, evicting as needed.
   *
   * @param bytes the most that the image may take, > 0
   */
  public Room reserve(GenerationId generation, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes must be > 0. Given: " + bytes);
    }
    HostEntry entry = existing(generation);
    if (entry.image.isPresent()) {
      return new Room.Present();
    }
    if (entry.reserved > 0) {
      return new Room.Loading();
    }
    Room room = makeRoom(bytes);
    if (room instanceof Room.Granted) {
      entry.reserved = bytes;
      reservedBytes += bytes;
    }
    return room;
  }

  /**
   * Ends a load with its image. Evicts more when the image is larger than reserved; when that is
   * not enough the load counts as abandoned.
   */
  public Room fill(AdapterImage image, long now) {
    HostEntry entry = loading(image.generation());
    dropReservation(entry);
    Room room = makeRoom(image.bytes());
    if (room instanceof Room.Granted) {
      usedBytes += image.bytes();
      change(
          entry,
          () -> {
            entry.image = Optional.of(image);
            entry.composes = image.composes();
            entry.lastUsed = now;
          });
    } else {
      change(entry, () -> {});
    }
    return room;
  }

  /** Ends a load without an image: it failed or was given up. */
  public void abandon(GenerationId generation) {
    HostEntry entry = loading(generation);
    dropReservation(entry);
    change(entry, () -> {});
  }

  /** Keeps an image on the host until as many {@link #unpin} calls. It must be there. */
  public void pin(GenerationId generation, long now) {
    HostEntry entry = existing(generation);
    if (entry.image.isEmpty()) {
      throw new IllegalStateException("image must be on the host: " + generation);
    }
    change(
        entry,
        () -> {
          entry.pins++;
          entry.lastUsed = now;
        });
  }

  /** Takes one pin away. */
  public void unpin(GenerationId generation) {
    HostEntry entry = existing(generation);
    if (entry.pins == 0) {
      throw new IllegalStateException("generation must be pinned: " + generation);
    }
    change(entry, () -> entry.pins--);
  }

  /**
   * Generations forgotten since the last call: nothing can ask for them any more, so their
   * artifacts may be deleted. A generation that became known again meanwhile is not among them.
   */
  public List<GenerationId> takeForgotten() {
    List<GenerationId> taken =
        forgotten.stream().filter(g -> !entries.containsKey(g)).distinct().toList();
    forgotten.clear();
    return taken;
  }

  /** Counts for metrics. */
  public HostTierState state() {
    int images = 0;
    int pinned = 0;
    for (HostEntry entry : entries.values()) {
      images += entry.image.isPresent() ? 1 : 0;
      pinned += entry.pins > 0 ? 1 : 0;
    }
    return new HostTierState(
        budgetBytes,
        usedBytes,
        reservedBytes,
        byName.size(),
        entries.size(),
        images,
        pinned,
        byLease.size());
  }

  private Room makeRoom(long bytes) {
    long free = budgetBytes - usedBytes - reservedBytes;
    if (bytes > free + evictableBytes) {
      return new Room.Full(bytes, free + evictableBytes);
    }
    List<GenerationId> evicted = new ArrayList<>();
    while (bytes > budgetBytes - usedBytes - reservedBytes) {
      HostEntry victim = evictable.first();
      evicted.add(victim.generation);
      change(victim, () -> dropImage(victim));
    }
    return new Room.Granted(evicted);
  }

  /** Every change of an entry goes through here, so that its place in the eviction order holds. */
  private void change(HostEntry entry, Runnable mutation) {
    if (evictable.remove(entry)) {
      evictableBytes -= entry.imageBytes();
    }
    mutation.run();
    if (isGone(entry)) {
      dropImage(entry);
      entries.remove(entry.generation);
      merged.remove(entry);
      forgotten.add(entry.generation);
    } else if (entry.evictable()) {
      evictable.add(entry);
      evictableBytes += entry.imageBytes();
    }
  }

  private boolean isGone(HostEntry entry) {
    boolean cached = entry.image.isPresent() && !entry.parts.isEmpty();
    return entry.unused() && !(cached && entry.parts.stream().allMatch(this::isNamed));
  }

  private boolean isNamed(GenerationId generation) {
    HostEntry entry = entries.get(generation);
    return entry != null && entry.names > 0;
  }

  private void unname(HostEntry entry) {
    change(entry, () -> entry.names--);
    if (entry.names == 0) {
      merged.stream()
          .filter(m -> m.parts.contains(entry.generation))
          .toList()
          .forEach(m -> change(m, () -> {}));
    }
  }

  private void dropImage(HostEntry entry) {
    usedBytes -= entry.imageBytes();
    entry.image = Optional.empty();
  }

  private void dropReservation(HostEntry entry) {
    reservedBytes -= entry.reserved;
    entry.reserved = 0;
  }

  private HostEntry known(GenerationId generation) {
    if (generation.isBase()) {
      throw new IllegalArgumentException("the base model is no adapter generation");
    }
    return entries.computeIfAbsent(generation, g -> new HostEntry(g, ++serials));
  }

  private HostEntry existing(GenerationId generation) {
    HostEntry entry = entries.get(generation);
    if (entry == null) {
      throw new IllegalStateException("generation must be known: " + generation);
    }
    return entry;
  }

  private HostEntry loading(GenerationId generation) {
    HostEntry entry = existing(generation);
    if (entry.reserved == 0) {
      throw new IllegalStateException("generation must be loading: " + generation);
    }
    return entry;
  }
}
