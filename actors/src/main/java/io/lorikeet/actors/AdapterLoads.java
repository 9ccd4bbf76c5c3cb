package io.lorikeet.actors;

import io.lorikeet.actors.ImageLoad.Stage;
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
 * Loads in their order: one per name and merge, so many at once, each tried so often within so
 * long. Work that was given up but has not come back yet <em>hangs</em>; nothing new is started for
 * its name until it does, so that a dead disk costs no more than a thread per name.
 */
final class AdapterLoads<H> {
  /** Pause before the second try; twice as long before each further one. */
  static final long BACKOFF_NANOS = 100_000_000L;

  private final AdapterSettings settings;
  private final Map<String, ImageLoad<H>> byKey = new LinkedHashMap<>();
  private final Map<Long, ImageLoad<H>> byId = new HashMap<>();
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
    if (byKey.get(name) instanceof AdapterLoad<H> load) {
      return load;
    }
    // Negative, so that they differ from the ids of look-ups.
    AdapterLoad<H> load = new AdapterLoad<>(--ids, name, now);
    add(load);
    return load;
  }

  /** The build of this merge, a new one if there is none. */
  MergeLoad<H> of(MergeOrder order, long now) {
    if (byKey.get(MergeLoad.key(order)) instanceof MergeLoad<H> load) {
      return load;
    }
    MergeLoad<H> load = new MergeLoad<>(--ids, order, now);
    add(load);
    return load;
  }

  private void add(ImageLoad<H> load) {
    byKey.put(load.key, load);
    byId.put(load.id, load);
  }

  boolean loading(String name) {
    return byKey.containsKey(name);
  }

  List<ImageLoad<H>> all() {
    return List.copyOf(byKey.values());
  }

  /** An answer came; empty when it was given up before. */
  Optional<ImageLoad<H>> answered(long id) {
    hanging.remove(id);
    return Optional.ofNullable(byId.get(id));
  }

  void hanging(long id, String key) {
    hanging.put(id, key);
  }

  boolean hangs(String key) {
    return hanging.containsValue(key);
  }

  void remove(ImageLoad<H> load) {
    byKey.remove(load.key, load);
    byId.remove(load.id);
  }

  /** Loads for which there is a place now; they count as started. */
  List<ImageLoad<H>> takeStartable(long now) {
    List<ImageLoad<H>> startable = new ArrayList<>();
    long places = settings.loadsMax() - byKey.values().stream().filter(ImageLoad::active).count();
    for (ImageLoad<H> load : all()) {
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
  List<ImageLoad<H>> takeExpired(long now) {
    List<ImageLoad<H>> expired = new ArrayList<>();
    for (ImageLoad<H> load : all()) {
      if (load.firstStart.isPresent() && now - load.firstStart.get() >= timeoutNanos()) {
        if (load.stage == Stage.COPYING || load.stage == Stage.READING) {
          hanging(load.id, load.key);
        }
        remove(load);
        expired.add(load);
      }
    }
    return expired;
  }

  /** Removes the load of this name. Its answer, should one come, is none any more. */
  Optional<ImageLoad<H>> take(String name) {
    Optional<ImageLoad<H>> load = Optional.ofNullable(byKey.get(name));
    load.ifPresent(this::remove);
    return load;
  }

  /** Plans another try; false when there were enough. */
  boolean again(ImageLoad<H> load, long now) {
    if (load.tries >= settings.loadTries()) {
      return false;
    }
    load.stage = Stage.QUEUED;
    load.notBefore = now + (BACKOFF_NANOS << Math.min(load.tries - 1, 16));
    return true;
  }

  List<ImageLoad<H>> at(Stage stage) {
    return byKey.values().stream().filter(load -> load.stage == stage).toList();
  }

  /** Loads that wait for another one's image. */
  List<ImageLoad<H>> joined(GenerationId generation) {
    return at(Stage.JOINED).stream().filter(l -> l.generation().equals(generation)).toList();
  }

  void dropWaiters(H holder) {
    byKey.values().forEach(load -> load.dropWaiters(holder));
  }

  /** The next time-out or try; loads that wait for a place start when another one ends. */
  OptionalLong nextWakeNanos() {
    long places = settings.loadsMax() - byKey.values().stream().filter(ImageLoad::active).count();
    return byKey.values().stream()
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
