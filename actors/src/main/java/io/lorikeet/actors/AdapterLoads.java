package io.lorikeet.actors;

import io.lorikeet.actors.AdapterLoad.Stage;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Loads in their order: one per name, so many at once, each tried so often within so long. Work
 * that was given up but has not come back yet <em>hangs</em>; nothing new is started for its name
 * until it does, so that a dead disk costs no more than a thread per name.
 */
final class AdapterLoads<H> {
  /** Pause before the second try; twice as long before each further one. */
  static final long BACKOFF_NANOS = 100_000_000L;

  private final AdapterSettings settings;
  private final Map<String, AdapterLoad<H>> byName = new LinkedHashMap<>();
  private final Map<Long, AdapterLoad<H>> byId = new HashMap<>();
  private final Map<Long, String> hanging = new HashMap<>();
  private long ids;

  AdapterLoads(AdapterSettings settings) {
    this.settings = settings;
  }

  long timeoutNanos() {
    return settings.loadTimeout().toNanos();
  }

  /** The load of this name, a new one if there is none. */
  AdapterLoad<H> of(String name, long now) {
    AdapterLoad<H> load = byName.get(name);
    if (load == null) {
      // Negative, so that they differ from the ids of look-ups.
      load = new AdapterLoad<>(--ids, name, now);
      byName.put(name, load);
      byId.put(load.id, load);
    }
    return load;
  }

  boolean loading(String name) {
    return byName.containsKey(name);
  }

  List<AdapterLoad<H>> all() {
    return List.copyOf(byName.values());
  }

  /** An answer came; empty when it was given up before. */
  Optional<AdapterLoad<H>> answered(long id) {
    hanging.remove(id);
    return Optional.ofNullable(byId.get(id));
  }

  void hanging(long id, String name) {
    hanging.put(id, name);
  }

  boolean hangs(String name) {
    return hanging.containsValue(name);
  }

  void remove(AdapterLoad<H> load) {
    byName.remove(load.name, load);
    byId.remove(load.id);
  }

  /** Loads for which there is a place now; they count as started. */
  List<AdapterLoad<H>> takeStartable(long now) {
    List<AdapterLoad<H>> startable = new ArrayList<>();
    long places =
        settings.loadsMax() - byName.values().stream().filter(AdapterLoad::active).count();
    for (AdapterLoad<H> load : all()) {
      if (load.active() || now - load.notBefore < 0) {
        continue;
      }
      if (!load.wanted()) {
        remove(load);
      } else if (places > 0) {
        places--;
        load.stage = Stage.COPYING;
        load.tries++;
        load.firstStart = Optional.of(load.firstStart.orElse(now));
        startable.add(load);
      }
    }
    return startable;
  }

  /** Loads that took too long; those that wait for an answer hang from now on. */
  List<AdapterLoad<H>> takeExpired(long now) {
    List<AdapterLoad<H>> expired = new ArrayList<>();
    for (AdapterLoad<H> load : all()) {
      if (load.firstStart.isPresent() && now - load.firstStart.get() >= timeoutNanos()) {
        if (load.stage == Stage.COPYING || load.stage == Stage.READING) {
          hanging(load.id, load.name);
        }
        remove(load);
        expired.add(load);
      }
    }
    return expired;
  }

  /** Plans another try; false when there were enough. */
  boolean again(AdapterLoad<H> load, long now) {
    if (load.tries >= settings.loadTries()) {
      return false;
    }
    load.stage = Stage.QUEUED;
    load.notBefore = now + (BACKOFF_NANOS << Math.min(load.tries - 1, 16));
    return true;
  }

  List<AdapterLoad<H>> at(Stage stage) {
    return byName.values().stream().filter(load -> load.stage == stage).toList();
  }

  /** Loads that wait for another one's image. */
  List<AdapterLoad<H>> joined(GenerationId generation) {
    return at(Stage.JOINED).stream().filter(l -> l.generation().equals(generation)).toList();
  }

  void dropWaiters(H holder) {
    byName.values().forEach(load -> load.waiters.removeIf(w -> w.holder().equals(holder)));
  }

  /** The next time-out or try; loads that wait for a place start when another one ends. */
  OptionalLong nextWakeNanos() {
    long places =
        settings.loadsMax() - byName.values().stream().filter(AdapterLoad::active).count();
    return byName.values().stream()
        .flatMap(load -> {
          Optional<Long> end = load.firstStart.map(start -> start + timeoutNanos());
          return load.active() || places <= 0
              ? end.stream()
              : Optional.of(end.map(e -> Math.min(e, load.notBefore)).orElse(load.notBefore))
                  .stream();
        })
        .mapToLong(Long::longValue)
        .min();
  }
}
