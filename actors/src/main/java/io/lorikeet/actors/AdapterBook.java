package io.lorikeet.actors;

import io.lorikeet.actors.AdapterLoad.Stage;
import io.lorikeet.actors.AdapterLoad.Waiter;
import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.actors.metrics.AdapterPresence;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HostTier;
import io.lorikeet.engine.adapter.HostTierState;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.Residency;
import io.lorikeet.engine.adapter.Room;
import io.lorikeet.engine.adapter.Swap;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What the adapter manager knows and decides: which request gets a lease on which generation, which
 * adapters are loaded, when and how often, and which images slots use. Pure: I/O and replies go out
 * through {@link AdapterWork}, time comes in as nanoseconds of any monotonic clock. One owner calls
 * it.
 *
 * <p>A request gets a lease on the files that it could see when it came: they are looked up for
 * every request, and loaded when their stamp is another one than that of the generation that the
 * name stands for.
 *
 * @param <H> who holds leases
 */
final class AdapterBook<H> {
  /** How long a failure stands before the same files are tried again. */
  static final long RETRY_NANOS = 5_000_000_000L;

  private record Lookup<H>(long arrival, H holder, String name, long deadline) {}

  private final AdapterSettings settings;
  private final AdapterWork<H> work;
  private final HostTier tier;
  private final LeaseBook<H> leases;
  private final AdapterLoads<H> loads;
  private final SlotImages slots;
  private final Map<String, KnownAdapter> known = new HashMap<>();
  private final Map<Long, Lookup<H>> lookups = new HashMap<>();
  // Under which names a generation was loaded, and so can be loaded again.
  private final Map<GenerationId, Set<String>> origins = new HashMap<>();
  private long serial;

  AdapterBook(AdapterSettings settings, AdapterWork<H> work) {
    this.settings = settings;
    this.work = work;
    this.tier = new HostTier(settings.hostBytes(), settings.registeredMax());
    this.leases = new LeaseBook<>(tier);
    this.loads = new AdapterLoads<>(settings);
    this.slots = new SlotImages(tier);
  }

  /** A request wants the adapter; it is granted or refused later, or at once. */
  void resolve(H holder, String name, long now) {
    if (loads.hangs(name)) {
      work.refused(holder, name, ErrorCode.ADAPTER_LOAD_TIMEOUT, tooSlow());
      return;
    }
    long lookup = ++serial;
    lookups.put(lookup, new Lookup<>(lookup, holder, name, now + loads.timeoutNanos()));
    work.lookUp(lookup, name);
  }

  /** Answer to {@link AdapterWork#lookUp}; empty: there is no such adapter. */
  void lookedUp(long id, Optional<Stamp> stamp, Optional<Failure> failure, long now) {
    Lookup<H> lookup = lookups.remove(id);
    if (lookup == null) {
      loads.answered(id);
      return;
    }
    if (failure.isPresent()) {
      refuse(lookup.holder(), lookup.name(), failure.get());
    } else if (stamp.isEmpty()) {
      forget(lookup.name());
      work.refused(
          lookup.holder(),
          lookup.name(),
          ErrorCode.ADAPTER_NOT_FOUND,
          "there is no adapter of this name. Given: " + lookup.name());
    } else {
      serve(lookup.name(), new Waiter<>(lookup.arrival(), lookup.holder(), stamp.get()), now);
    }
    dropForgotten();
  }

  private void serve(String name, Waiter<H> waiter, long now) {
    KnownAdapter adapter = known.getOrDefault(name, KnownAdapter.UNKNOWN);
    if (adapter.isCurrent(waiter.stamp()) && tier.current(name).isPresent()) {
      grant(name, waiter, now);
      return;
    }
    Optional<Failure> failure = adapter.failure(waiter.stamp(), now);
    if (failure.isPresent()) {
      refuse(waiter.holder(), name, failure.get());
    } else if (!known.containsKey(name) && known.size() >= settings.registeredMax()) {
      refuse(waiter.holder(), name, tooMany());
    } else {
      loads.of(name, now).waiters.add(waiter);
      advance(now);
    }
  }

  private void grant(String name, Waiter<H> waiter, long now) {
    Lease lease = leases.grant(waiter.holder(), name, now).orElseThrow();
    work.granted(waiter.holder(), lease);
  }

  private void refuse(H holder, String name, Failure failure) {
    work.refused(holder, name, failure.code(), failure.message());
  }

  /** A slot wants the image of a generation. */
  void page(GenerationId generation, long epoch, long now) {
    if (!slots.follow(epoch)) {
      return;
    }
    Optional<AdapterImage> image = tier.image(generation, now);
    Optional<String> origin = origin(generation);
    if (image.isPresent()) {
      stage(image.get(), now);
    } else if (origin.isEmpty() || tier.residency(generation).isEmpty()) {
      pageFailed(
          generation,
          new Failure(
              ErrorCode.ADAPTER_GENERATION_MISMATCH,
              "nobody holds this generation any more",
              false));
    } else if (loads.hangs(origin.get())) {
      pageFailed(generation, new Failure(ErrorCode.ADAPTER_LOAD_TIMEOUT, tooSlow(), false));
    } else {
      loads.of(origin.get(), now).pages.add(generation);
      advance(now);
    }
  }

  // Best a name that still stands for the generation: its files are most likely unchanged.
  private Optional<String> origin(GenerationId generation) {
    Set<String> names = origins.getOrDefault(generation, Set.of());
    return names.stream()
        .filter(name -> tier.current(name).equals(Optional.of(generation)))
        .findFirst()
        .or(() -> names.stream().findFirst());
  }

  private void stage(AdapterImage image, long now) {
    slots.pin(image.generation(), now);
    work.stage(image.generation(), slots.epoch(), image);
  }

  private void pageFailed(GenerationId generation, Failure failure) {
    work.pageFailed(generation, slots.epoch(), failure.code(), failure.message());
  }

  /**
   * Answer to {@link AdapterWork#stage}.
   *
   * @return whether the ticket is still good
   */
  boolean staged(GenerationId generation, long epoch, Optional<Failure> failure) {
    if (epoch != slots.epoch()) {
      return false;
    }
    failure.ifPresent(f -> {
      slots.unpin(generation);
      pageFailed(generation, f);
      dropForgotten();
    });
    return failure.isEmpty();
  }

  /** The generation has no slot any more. */
  void unpaged(GenerationId generation, long epoch, long now) {
    if (epoch == slots.epoch()) {
      slots.unpin(generation);
      retryCramped(now);
      dropForgotten();
    }
  }

  /** All slots are empty: there is another executor. */
  void deviceReplaced(long epoch, long now) {
    slots.follow(epoch);
    retryCramped(now);
    dropForgotten();
  }

  void release(H holder, long leaseId) {
    leases.release(holder, leaseId);
    dropForgotten();
  }

  /** The holder is dead: its leases go, and nobody waits for it. */
  void holderGone(H holder) {
    leases.releaseAll(holder);
    loads.dropWaiters(holder);
    lookups.values().removeIf(lookup -> lookup.holder().equals(holder));
    dropForgotten();
  }

  /** Starts loads that have a place and ends what took too long; call at {@link #nextWakeNanos}. */
  void advance(long now) {
    for (AdapterLoad<H> load : loads.takeExpired(now)) {
      if (load.stage == Stage.READING) {
        tier.abandon(load.generation());
      }
      end(load, new Failure(ErrorCode.ADAPTER_LOAD_TIMEOUT, tooSlow(), false), now);
      load.copy.ifPresent(copy -> rejoin(copy.generation(), now));
      retryCramped(now);
    }
    expireLookups(now);
    for (AdapterLoad<H> load : loads.takeStartable(now)) {
      load.started = ++serial;
      work.copy(load.id, load.name);
    }
  }

  private void expireLookups(long now) {
    List<Lookup<H>> late =
        lookups.values().stream().filter(lookup -> now - lookup.deadline() >= 0).toList();
    for (Lookup<H> lookup : late) {
      lookups.remove(lookup.arrival());
      loads.hanging(lookup.arrival(), lookup.name());
      work.refused(lookup.holder(), lookup.name(), ErrorCode.ADAPTER_LOAD_TIMEOUT, tooSlow());
    }
  }

  /** When {@link #advance} has something to do without another call before. */
  OptionalLong nextWakeNanos() {
    OptionalLong lookup = lookups.values().stream().mapToLong(Lookup::deadline).min();
    OptionalLong load = loads.nextWakeNanos();
    return lookup.isPresent() && load.isPresent()
        ? OptionalLong.of(Math.min(lookup.getAsLong(), load.getAsLong()))
        : lookup.isPresent() ? lookup : load;
  }

  /** Answer to {@link AdapterWork#copy}: the files as they were at {@code stamp}. */
  void copied(long id, Stamp stamp, Copy copy, long now) {
    AdapterLoad<H> load = loads.answered(id).orElse(null);
    if (load == null) {
      return;
    }
    load.stamp = Optional.of(stamp);
    load.copy = Optional.of(copy);
    load.imageBytes = Math.max(1, copy.bytes());
    failOtherPages(load);
    if (!load.wanted()) {
      loads.remove(load);
    } else if (load.waiters.isEmpty() || swap(load)) {
      makeImage(load, now);
    } else {
      end(load, tooMany(), now);
    }
    advance(now);
  }

  // A slot must have the very generation that its sequences began with.
  private void failOtherPages(AdapterLoad<H> load) {
    for (GenerationId wanted : List.copyOf(load.pages)) {
      if (!wanted.equals(load.generation())) {
        load.pages.remove(wanted);
        pageFailed(
            wanted,
            new Failure(
                ErrorCode.ADAPTER_GENERATION_MISMATCH,
                "the files of `" + load.name + "` have changed since the request began",
                false));
      }
    }
  }

  private boolean swap(AdapterLoad<H> load) {
    Optional<GenerationId> before = tier.current(load.name);
    GenerationId after = load.generation();
    if (before.equals(Optional.of(after))) {
      return true;
    }
    if (!(tier.swap(load.name, before, after) instanceof Swap.Done)) {
      return false;
    }
    load.swapped = Optional.of(new AdapterLoad.Swapped(before, after));
    return true;
  }

  private void makeImage(AdapterLoad<H> load, long now) {
    if (tier.residency(load.generation()).isEmpty()) {
      end(load, new Failure(ErrorCode.ADAPTER_GENERATION_MISMATCH, "nobody holds it", false), now);
      return;
    }
    switch (tier.reserve(load.generation(), load.imageBytes)) {
      case Room.Granted _ -> {
        load.stage = Stage.READING;
        work.read(load.id, load.copy.orElseThrow());
      }
      case Room.Present _ -> succeed(load, now);
      case Room.Loading _ -> load.stage = Stage.JOINED;
      case Room.Full full -> waitForRoom(load, full, now);
    }
  }

  // Slots keep images on the host: one that nobody uses may have to give its slot up.
  private void waitForRoom(AdapterLoad<H> load, Room.Full full, long now) {
    if (full.needed() > settings.hostBytes()) {
      end(load, full(ErrorCode.ADAPTER_TOO_LARGE, full.needed()), now);
    } else {
      load.stage = Stage.CRAMPED;
      load.imageBytes = full.needed();
      work.makeRoom(slots.epoch());
    }
  }

  private void retryCramped(long now) {
    loads.at(Stage.CRAMPED).forEach(load -> makeImage(load, now));
  }

  /** Answer to {@link AdapterWork#makeRoom}: all slots are in use. */
  void noRoom(long epoch, long now) {
    boolean others = !loads.at(Stage.READING).isEmpty();
    if (epoch == slots.epoch() && !others) {
      for (AdapterLoad<H> load : loads.at(Stage.CRAMPED)) {
        end(load, full(ErrorCode.ADAPTER_LOAD_BUSY, load.imageBytes), now);
      }
      advance(now);
    }
  }

  /** Answer to {@link AdapterWork#read}. */
  void read(long id, AdapterImage image, long now) {
    AdapterLoad<H> load = loads.answered(id).orElse(null);
    if (load == null) {
      return;
    }
    switch (tier.fill(image, now)) {
      case Room.Full full -> waitForRoom(load, full, now);
      case Room.Granted _, Room.Present _, Room.Loading _ -> succeed(load, now);
    }
    rejoin(image.generation(), now);
    retryCramped(now);
    advance(now);
  }

  /** A copy or an image could not be made. */
  void failed(long id, Failure failure, long now) {
    AdapterLoad<H> load = loads.answered(id).orElse(null);
    if (load == null) {
      return;
    }
    if (load.stage == Stage.READING) {
      tier.abandon(load.generation());
      end(load, failure, now);
      rejoin(load.generation(), now);
      retryCramped(now);
    } else if (!failure.transientIo() || !loads.again(load, now)) {
      end(load, failure, now);
    }
    advance(now);
  }

  private void rejoin(GenerationId generation, long now) {
    loads.joined(generation).forEach(load -> makeImage(load, now));
  }

  private void succeed(AdapterLoad<H> load, long now) {
    loads.remove(load);
    origins.computeIfAbsent(load.generation(), _ -> new LinkedHashSet<>()).add(load.name);
    if (tier.current(load.name).equals(Optional.of(load.generation()))) {
      known.put(load.name, KnownAdapter.loaded(load.stamp.orElseThrow()));
    }
    for (GenerationId page : load.pages) {
      page(page, slots.epoch(), now);
    }
    for (Waiter<H> waiter : load.waiters) {
      if (load.serves(waiter) && tier.current(load.name).isPresent()) {
        grant(load.name, waiter, now);
      } else {
        serve(load.name, waiter, now);
      }
    }
    dropForgotten();
  }

  /** A failed load fails only those who waited for it; the name stands for what it did before. */
  private void end(AdapterLoad<H> load, Failure failure, long now) {
    loads.remove(load);
    load.swapped.ifPresent(swapped -> undo(load.name, swapped));
    // What is only busy may be free a moment later.
    long retry = failure.code() == ErrorCode.ADAPTER_LOAD_BUSY ? now : now + RETRY_NANOS;
    known.put(load.name, KnownAdapter.failed(load.seen(), failure, retry));
    for (GenerationId page : load.pages) {
      pageFailed(page, failure);
    }
    for (Waiter<H> waiter : load.waiters) {
      if (load.serves(waiter)) {
        refuse(waiter.holder(), load.name, failure);
      } else {
        serve(load.name, waiter, now);
      }
    }
    dropForgotten();
  }

  private void undo(String name, AdapterLoad.Swapped swapped) {
    if (swapped.before().isPresent()) {
      tier.swap(name, Optional.of(swapped.after()), swapped.before().get());
    } else {
      tier.remove(name, swapped.after());
    }
  }

  private void forget(String name) {
    known.remove(name);
    tier.current(name).ifPresent(generation -> tier.remove(name, generation));
  }

  private void dropForgotten() {
    tier.takeForgotten().forEach(origins::remove);
  }

  private Failure full(ErrorCode code, long bytes) {
    return new Failure(
        code,
        "the image must fit beside those in use into the %d bytes of `adapters.host-bytes`. Given: %d"
            .formatted(settings.hostBytes(), bytes),
        false);
  }

  private Failure tooMany() {
    return new Failure(
        ErrorCode.ADAPTER_LOAD_BUSY,
        "at most %d adapters can be known at once".formatted(settings.registeredMax()),
        false);
  }

  private String tooSlow() {
    return "the adapter must be loaded within %d s".formatted(settings.loadTimeout().toSeconds());
  }

  /** Everything that waits fails: the owner gives up. */
  void failAll(Failure failure) {
    List<Lookup<H>> waiting = new ArrayList<>(lookups.values());
    lookups.clear();
    waiting.forEach(l -> refuse(l.holder(), l.name(), failure));
    for (AdapterLoad<H> load : loads.all()) {
      loads.remove(load);
      load.pages.forEach(page -> pageFailed(page, failure));
      load.waiters.forEach(waiter -> refuse(waiter.holder(), load.name, failure));
    }
  }

  HostTierState state() {
    return tier.state();
  }

  /** What is known of an adapter, under the name that it is asked for. */
  Engine.AdapterStatus status(String name) {
    Optional<GenerationId> generation = tier.current(name);
    Optional<Residency> residency = generation.flatMap(tier::residency);
    Optional<Failure> failure =
        Optional.ofNullable(known.get(name)).flatMap(KnownAdapter::lastFailure);
    String state =
        loads.loading(name)
            ? "loading"
            : failure.isPresent() ? "failed" : residency.map(r -> state(r)).orElse("registered");
    return new Engine.AdapterStatus(
        name,
        generation.map(GenerationId::hash).orElse(""),
        state,
        failure.map(f -> f.code().wire() + ": " + f.message()).orElse(""),
        residency.filter(r -> r.state() == Residency.State.HOST).map(Residency::bytes).orElse(0L),
        residency.map(Residency::leases).orElse(0));
  }

  private static String state(Residency residency) {
    return residency.pins() > 0
        ? "device"
        : residency.state() == Residency.State.HOST ? "host" : "registered";
  }

  /** Names that stand for a generation now, sorted. */
  List<String> names() {
    return List.copyOf(tier.names());
  }

  /** For metrics: those that have an image or a request. */
  AdapterPresence presence() {
    List<AdapterPresence.Adapter> present = new ArrayList<>();
    for (String name : tier.names()) {
      Residency residency = tier.current(name).flatMap(tier::residency).orElseThrow();
      AdapterPresence.Tier place =
          residency.pins() > 0
              ? AdapterPresence.Tier.DEVICE
              : residency.state() == Residency.State.HOST
                  ? AdapterPresence.Tier.HOST
                  : AdapterPresence.Tier.NONE;
      if (place != AdapterPresence.Tier.NONE || residency.leases() > 0) {
        present.add(new AdapterPresence.Adapter(name, place, residency.leases()));
      }
    }
    return new AdapterPresence(present, tier.state());
  }
}
