package io.lorikeet.engine.adapter;

import static io.lorikeet.engine.adapter.Images.generation;
import static io.lorikeet.engine.adapter.Images.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random use of a small tier beside a plain model of what must hold. */
final class HostTierSimulationTest {
  private static final long BUDGET = 1000;
  private static final int NAMES = 12;
  private static final int PLAIN = 12; // few: parts of merges have names often
  private static final int MERGED = 5;

  private final HostTier tier = new HostTier(BUDGET, NAMES);
  private final Map<String, GenerationId> names = new HashMap<>();
  private final List<Lease> leases = new ArrayList<>();
  private final List<GenerationId> pins = new ArrayList<>();
  private final Map<GenerationId, Long> loads = new HashMap<>();
  private final Map<GenerationId, Long> images = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverHappensNamesLeasesPinsAndBytesAddUp(long seed) {
    Random random = new Random(seed);
    for (int now = 0; now < 4000; now++) {
      act(random, now);
      check("seed " + seed + ", event " + now);
    }
    assertTrue(tier.state().generations() > 0, "seed " + seed);
  }

  private void act(Random random, long now) {
    String name = "n" + random.nextInt(NAMES + 3);
    GenerationId plain = generation(random.nextInt(PLAIN));
    int number = random.nextInt(MERGED);
    GenerationId g = random.nextInt(3) == 0 ? generation(PLAIN + number) : plain;
    switch (random.nextInt(11)) {
      case 0, 1 -> swap(name, plain, random.nextInt(5) == 0);
      case 10 ->
          leases.add(
              tier.leaseMerged("merge", generation(PLAIN + number), parts(PLAIN + number), now));
      case 2 -> remove(name, g, random.nextBoolean());
      case 3 -> {
        Optional<Lease> lease = tier.lease(name, now);
        assertEquals(Optional.ofNullable(names.get(name)), lease.map(Lease::generation));
        lease.ifPresent(leases::add);
      }
      case 4, 5 -> {
        if (!leases.isEmpty()) {
          Lease lease = leases.remove(random.nextInt(leases.size()));
          assertTrue(tier.release(lease.id()));
          assertFalse(tier.release(lease.id()));
        }
      }
      case 6 -> {
        if (tier.residency(g).isPresent()) {
          reserve(g, 1 + random.nextInt(400));
        }
      }
      case 7 -> {
        if (loads.containsKey(g)) {
          finish(g, random, now);
        }
      }
      case 8 -> {
        if (tier.image(g, now).isPresent() && pins.size() < 6) {
          tier.pin(g, now);
          pins.add(g);
        }
      }
      default -> {
        if (!pins.isEmpty()) {
          tier.unpin(pins.remove(random.nextInt(pins.size())));
        }
      }
    }
    images.keySet().removeIf(i -> !known(i));
  }

  private void swap(String name, GenerationId next, boolean wrongExpectation) {
    Optional<GenerationId> current = Optional.ofNullable(names.get(name));
    Optional<GenerationId> expected =
        wrongExpectation ? Optional.of(new GenerationId("other")) : current;
    Swap swap = tier.swap(name, expected, next);
    if (wrongExpectation) {
      assertEquals(new Swap.Mismatch(current), swap);
    } else if (current.isEmpty() && names.size() == NAMES) {
      assertEquals(new Swap.TooMany(NAMES), swap);
    } else {
      assertEquals(new Swap.Done(current), swap);
      names.put(name, next);
    }
  }

  private void remove(String name, GenerationId guess, boolean right) {
    Optional<GenerationId> current = Optional.ofNullable(names.get(name));
    GenerationId expected = right ? current.orElse(guess) : guess;
    Swap swap = tier.remove(name, expected);
    if (current.equals(Optional.of(expected))) {
      assertEquals(new Swap.Done(current), swap);
      names.remove(name);
    } else {
      assertEquals(new Swap.Mismatch(current), swap);
    }
  }

  private void reserve(GenerationId g, long bytes) {
    Room room = tier.reserve(g, bytes);
    if (images.containsKey(g)) {
      assertEquals(new Room.Present(), room);
    } else if (loads.containsKey(g)) {
      assertEquals(new Room.Loading(), room);
    } else if (evicted(room, bytes)) {
      loads.put(g, bytes);
    }
  }

  private void finish(GenerationId g, Random random, long now) {
    long reserved = loads.getOrDefault(g, 0L);
    loads.remove(g);
    if (random.nextInt(4) == 0) {
      tier.abandon(g);
      return;
    }
    long bytes = Math.max(1, reserved + random.nextInt(41) - 30);
    if (evicted(tier.fill(image(g, bytes), now), bytes)) {
      images.put(g, bytes);
    }
  }

  /** Applies evictions to the model; false when there was no room, which must be true. */
  private boolean evicted(Room room, long bytes) {
    long fixed = sum(loads) + pinnedBytes();
    if (room instanceof Room.Full full) {
      assertEquals(new Room.Full(bytes, BUDGET - fixed), full);
      assertTrue(bytes > BUDGET - fixed);
      return false;
    }
    for (GenerationId victim : ((Room.Granted) room).evicted()) {
      assertFalse(pins.contains(victim));
      assertTrue(images.remove(victim) != null);
    }
    return true;
  }

  private void check(String where) {
    Set<GenerationId> known = new HashSet<>(names.values());
    leases.forEach(l -> known.add(l.generation()));
    known.addAll(pins);
    known.addAll(loads.keySet());
    images.keySet().stream().filter(this::known).forEach(known::add);
    HostTierState state = tier.state();
    assertEquals(sum(images), state.usedBytes(), where);
    assertEquals(sum(loads), state.reservedBytes(), where);
    assertTrue(state.usedBytes() + state.reservedBytes() <= BUDGET, where);
    assertEquals(known.size(), state.generations(), where);
    assertEquals(names.size(), state.names(), where);
    assertEquals(leases.size(), state.leases(), where);
    assertEquals(images.size(), state.images(), where);
    assertEquals(Set.copyOf(pins).size(), state.pinned(), where);
    for (GenerationId g : known) {
      Residency residency = tier.residency(g).orElseThrow();
      assertEquals(images.containsKey(g), residency.state() == Residency.State.HOST, where);
      assertEquals(loads.containsKey(g), residency.state() == Residency.State.LOADING, where);
      assertEquals(pins.stream().filter(g::equals).count(), residency.pins(), where);
    }
    for (GenerationId g : tier.takeForgotten()) {
      assertFalse(known.contains(g), where);
    }
  }

  private boolean known(GenerationId g) {
    return names.containsValue(g)
        || pins.contains(g)
        || loads.containsKey(g)
        || leases.stream().anyMatch(l -> l.generation().equals(g))
        || isCachedMerge(g);
  }

  private boolean isCachedMerge(GenerationId g) {
    return IntStream.range(PLAIN, PLAIN + MERGED)
        .filter(number -> generation(number).equals(g) && images.containsKey(g))
        .anyMatch(number -> names.values().containsAll(parts(number)));
  }

  /** What a merged generation is merged from. */
  private static Set<GenerationId> parts(int number) {
    return Set.of(generation(number % PLAIN), generation((number + 1) % PLAIN));
  }

  private long pinnedBytes() {
    return pins.stream().distinct().mapToLong(g -> images.getOrDefault(g, 0L)).sum();
  }

  private static long sum(Map<GenerationId, Long> bytes) {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }
}
