package io.lorikeet.engine.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the rows of the next step and finds KV blocks for them. Rows that decode go first;
 * prefill fills the rest of the budget. Out of blocks, the newest sequence of the principal that
 * holds most for its weight is preempted; the oldest sequence that can run never is, so that
 * somebody always gets on.
 */
final class Planner {
  private static final Comparator<Sequence> LONGEST_AGO =
      Comparator.<Sequence>comparingLong(s -> s.lastStep).thenComparingLong(s -> s.serial);
  private static final Comparator<Sequence> BY_SHARE =
      Comparator.<Sequence>comparingDouble(s -> s.flow.principal.counter)
          .thenComparingLong(s -> s.serial);

  /** Part of the budget that prefill gets at least, however many rows decode. */
  private static final int PREFILL_PART = 4;

  private final Roster roster;
  private final FaultIsolation isolation;
  private final Counts counts;
  private final List<Sequence> decoding = new ArrayList<>();
  private final List<Sequence> prefilling = new ArrayList<>();
  private final List<Sequence> picked = new ArrayList<>();
  private Device device;
  private StepBudget budget;
  private long nowNanos;

  Planner(
      Roster roster, FaultIsolation isolation, Counts counts, Device device, StepBudget budget) {
    this.roster = roster;
    this.isolation = isolation;
    this.counts = counts;
    this.device = device;
    this.budget = budget;
  }

  void moveTo(Device fresh, StepBudget unmeasured) {
    device = fresh;
    budget = unmeasured;
  }

  /** Sequences with the rows that the next step gets of them; empty when there is nothing to do. */
  List<Sequence> plan(long now) {
    nowNanos = now;
    picked.clear();
    if (isolation.active() && device.pipeline.inFlight() > 0) {
      return picked;
    }
    isolation.settle(roster.running);
    sortOut();
    int rows = planDecoding();
    planPrefilling(rows);
    picked.removeIf(sequence -> sequence.planned == 0); // preempted after it was picked
    return picked;
  }

  private void sortOut() {
    decoding.clear();
    prefilling.clear();
    for (int i = 0; i < roster.running.size(); i++) {
      Sequence sequence = roster.running.get(i);
      if (isolation.permits(sequence) && sequence.rowsReady() > 0) {
        (sequence.decodes() ? decoding : prefilling).add(sequence);
      }
    }
  }

  private int planDecoding() {
    int room = device.info.rowsMax();
    if (!prefilling.isEmpty() && room > 1) {
      room--;
    }
    if (decoding.size() > room) {
      decoding.sort(LONGEST_AGO);
    }
    int rows = 0;
    for (int i = 0; i < decoding.size() && rows < room; i++) {
      rows += place(decoding.get(i), 1);
    }
    return rows;
  }

  private void planPrefilling(int decodeRows) {
    int budgetRows = budget.rows(decodeRows > 0);
    int rows = Math.max(budgetRows - decodeRows, Math.max(1, budgetRows / PREFILL_PART));
    rows = Math.min(rows, device.info.rowsMax() - decodeRows);
    if (prefilling.isEmpty() || rows <= 0) {
      return;
    }
    // The oldest prompt always gets a part, whatever the shares are.
    Sequence oldest = prefilling.getFirst();
    int oldestRows = Math.min(oldest.rowsReady(), Math.max(1, rows / PREFILL_PART));
    if (prefilling.size() > 1) {
      prefilling.sort(BY_SHARE);
    }
    for (int i = 0; i < prefilling.size() && rows > 0; i++) {
      Sequence sequence = prefilling.get(i);
      boolean oldestWaits = oldest.planned == 0 && sequence != oldest;
      int room = oldestWaits ? rows - oldestRows : rows;
      rows -= place(sequence, Math.min(sequence.rowsReady(), room));
    }
  }

  /** Plans up to so many rows of a sequence, as many as there are blocks for. */
  private int place(Sequence sequence, int wanted) {
    if (wanted <= 0 || sequence.phase != Sequence.Phase.RUNNING) {
      return 0;
    }
    if (room(sequence) == 0 && !makeRoom(sequence)) {
      return 0;
    }
    int rows = Math.min(wanted, room(sequence));
    sequence.blocks().cover(sequence.next + rows);
    sequence.planned = rows;
    picked.add(sequence);
    return rows;
  }

  /** Rows that its blocks and the free ones have a place for. */
  private int room(Sequence sequence) {
    long blocks = (long) sequence.blocks().size() + device.blocks.free();
    return (int) Math.min(Integer.MAX_VALUE, blocks * device.info.blockTokens() - sequence.next);
  }

  /** Preempts until a block is free or becomes free with a step in flight; false: not yet free. */
  private boolean makeRoom(Sequence sequence) {
    while (device.blocks.free() + device.blocks.retiring() == 0) {
      Sequence spared = spared();
      Sequence victim = victim(spared);
      if (victim == null && sequence == spared) {
        throw new IllegalStateException(
            "the last sequence has all blocks and needs more: " + sequence.id());
      }
      preempt(victim == null ? sequence : victim);
      if (sequence.phase != Sequence.Phase.RUNNING) {
        return false;
      }
    }
    return device.blocks.free() > 0;
  }

  void preempt(Sequence victim) {
    roster.preempt(victim, nowNanos);
    counts.preempted++;
  }

  /** The newest sequence with blocks of the principal that holds most for its weight. */
  private @Nullable Sequence victim(@Nullable Sequence spared) {
    for (int i = 0; i < roster.running.size(); i++) {
      roster.running.get(i).flow.principal.blocks = 0;
    }
    for (int i = 0; i < roster.running.size(); i++) {
      Sequence sequence = roster.running.get(i);
      sequence.flow.principal.blocks += sequence.blocks().size();
    }
    Sequence victim = null;
    for (int i = 0; i < roster.running.size(); i++) {
      Sequence sequence = roster.running.get(i);
      // Sequences come by age: the last one of the principal with the largest part stays.
      if (sequence != spared
          && sequence.blocks().size() > 0
          && (victim == null || part(sequence) >= part(victim))) {
        victim = sequence;
      }
    }
    return victim;
  }

  /** The oldest sequence that does not stand still for want of credit. */
  private @Nullable Sequence spared() {
    for (int i = 0; i < roster.running.size(); i++) {
      if (roster.running.get(i).credit > 0) {
        return roster.running.get(i);
      }
    }
    return null;
  }

  private static double part(Sequence sequence) {
    return sequence.flow.principal.blocks / sequence.flow.principal.weight;
  }
}
