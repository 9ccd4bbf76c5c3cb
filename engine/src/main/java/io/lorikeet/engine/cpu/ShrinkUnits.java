package io.lorikeet.engine.cpu;

import io.lorikeet.engine.cpu.SlotAdapter.Update;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A x of the layers that share an input, cut into units. Every part of a run does what is left of
 * them first and its share of the base matrices then, so that B hardly ever waits for A x, and one
 * run is enough for all three.
 *
 * <p>Who is given a unit does it at once: units that somebody waits for are being done.
 */
final class ShrinkUnits {
  /**
   * Rows of A that one unit has at most: they share the loads of x, and a longer read is faster.
   */
  private static final int RANK_TILE = 16;

  private static final int SPINS = 1000; // some 20 us; then the core is given away
  private static final long PARK_NANOS = 20_000;

  private final Segments segments;
  private int count;
  private int[] segment = {}; // [count]
  private int[] index = {}; // [count] of the layer among those that share the input
  private int[] rankBegin = {}; // [count]
  private Update[] update = {}; // [count]
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  ShrinkUnits(Segments segments) {
    this.segments = segments;
  }

  /** Lists the units of layers for the step in flight; none of them is done yet. */
  void list(Place... places) {
    count = 0;
    for (int p = 0; p < places.length; p++) {
      for (int s = 0; s < segments.count(); s++) {
        Optional<Update> of = places[p].in(segments.adapter(s)).update();
        if (of.isPresent()) {
          add(s, p, of.get());
        }
      }
    }
    done.set(0);
    taken.set(0);
  }

  private void add(int ofSegment, int ofIndex, Update of) {
    for (int rank = 0; rank < of.rank(); rank += RANK_TILE) {
      if (count == segment.length) {
        grow();
      }
      segment[count] = ofSegment;
      index[count] = ofIndex;
      rankBegin[count] = rank;
      update[count++] = of;
    }
  }

  private void grow() {
    int capacity = Math.max(16, 2 * count);
    segment = Arrays.copyOf(segment, capacity);
    index = Arrays.copyOf(index, capacity);
    rankBegin = Arrays.copyOf(rankBegin, capacity);
    update = Arrays.copyOf(update, capacity);
  }

  /** Does the units that nobody has taken. */
  void run(Panel x) {
    for (int u = taken.getAndIncrement(); u < count; u = taken.getAndIncrement()) {
      try {
        int rankEnd = Math.min(update[u].rank(), rankBegin[u] + RANK_TILE);
        segments.shrink(segment[u], update[u].a(), rankBegin[u], rankEnd, index[u], x);
      } finally {
        done.getAndIncrement(); // a unit that failed is not waited for
      }
    }
  }

  /** Waits for the units that others took. */
  void await() {
    for (int spins = 0; done.get() < count; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, PARK_NANOS);
      }
    }
  }
}
