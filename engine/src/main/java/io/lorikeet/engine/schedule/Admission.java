package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Gives seats to waiting sequences and asks for their adapters, both in the queue's order. It scans
 * past those that wait for their own adapter or do not fit; but when one was passed over for too
 * long, admission waits for it.
 */
final class Admission {
  /** Sequences that one scan looks at: it runs in every step. */
  private static final int SCAN_MAX = 256;

  /** Part of the blocks that stays free for those that run when another is admitted. */
  private static final int SPARE_PART = 100;

  private final Roster roster;
  private final Planner planner;
  private final long passedOverNanos;
  private final int pagesAhead;
  private final Deque<GenerationId> residents = new ArrayDeque<>(); // of a lost executor
  private Device device;

  // the scan in progress
  private int promised; // blocks that running sequences need for tokens they have
  private boolean onlyBase; // a sequence that was passed over for too long waits for a slot
  private boolean crowded; // somebody found no room

  Admission(Roster roster, Planner planner, Device device, long passedOverNanos, int pagesAhead) {
    this.roster = roster;
    this.planner = planner;
    this.device = device;
    this.passedOverNanos = passedOverNanos;
    this.pagesAhead = pagesAhead;
  }

  /** Goes on with another executor, which gets the adapters of the lost one again. */
  void moveTo(Device fresh, Collection<GenerationId> lostResidents) {
    device = fresh;
    residents.addAll(lostResidents);
  }

  void admit(long nowNanos) {
    crowded = false;
    onlyBase = false;
    promised = promised();
    roster.queue.begin(nowNanos);
    int looks = 0;
    Sequence sequence = roster.queue.next();
    while (sequence != null && consider(sequence, nowNanos) && ++looks < SCAN_MAX) {
      sequence = roster.queue.next();
    }
    if (crowded) {
      parkOne(nowNanos);
    }
    while (!residents.isEmpty() && device.slots.paging() < pagesAhead) {
      GenerationId resident = residents.remove();
      if (device.slots.find(resident) == null) {
        device.slots.pageIfEmpty(resident);
      }
    }
  }

  /** Admits it, asks for its adapter or passes over it; false: nobody after it may be admitted. */
  private boolean consider(Sequence sequence, long nowNanos) {
    if (sequence.credit == 0 || sequence.lastStep > device.pipeline.taken()) {
      return true; // its own matter: no credit, or its preempted rows are still in flight
    }
    boolean base = sequence.adapter().isBase();
    if (onlyBase && !base) {
      return true;
    }
    Slot slot = base ? null : device.slots.find(sequence.adapter());
    if (!base && (slot == null || slot.state != Slot.State.RESIDENT)) {
      if (slot == null) {
        ask(sequence, nowNanos);
      }
      WaitingQueue.skip(sequence.flow);
      return true;
    }
    if (slot != null) {
      slot.wanted = roster.queue.scan();
    }
    if (device.seats.free() == 0) {
      crowded = true;
      return device.slots.paging() < pagesAhead;
    }
    if (!blocksFit(sequence)) {
      return misfit(sequence, nowNanos);
    }
    if (slot != null && !wakes(sequence, slot)) {
      roster.end(sequence, notWoken(slot));
      return true;
    }
    admit(sequence, slot);
    return true;
  }

  private void admit(Sequence sequence, @Nullable Slot slot) {
    roster.admit(sequence, slot);
    promised += blocksNeeded(sequence);
  }

  /** Whether the prompt wakes the adapter; then the sequence knows from where on it acts. */
  private static boolean wakes(Sequence sequence, Slot slot) {
    OptionalInt from = slot.invocation.activeFrom(sequence.request.promptIds());
    sequence.adaptedFrom = from.orElse(0);
    return from.isPresent();
  }

  private static EndReason notWoken(Slot slot) {
    return new EndReason.Rejected(
        ErrorCode.ALORA_INVOCATION_MISSING,
        "the prompt must contain the tokens that the adapter is invoked by: %s. Given: a prompt without them"
            .formatted(Arrays.toString(slot.invocation.tokens())));
  }

  private void ask(Sequence sequence, long nowNanos) {
    if (device.slots.paging() >= pagesAhead) {
      roster.queue.misfit(sequence, nowNanos);
    } else if (!device.slots.page(sequence.adapter(), roster.queue.scan())) {
      onlyBase = !misfit(sequence, nowNanos);
    }
  }

  private boolean misfit(Sequence sequence, long nowNanos) {
    crowded = true;
    roster.queue.misfit(sequence, nowNanos);
    return !roster.queue.passedOver(sequence);
  }

  private boolean blocksFit(Sequence sequence) {
    int spare = roster.running.isEmpty() ? 0 : device.blocks.total() / SPARE_PART;
    return blocksNeeded(sequence) + promised + spare <= device.blocks.free();
  }

  /** Blocks for the tokens that it has and the first one that it draws. */
  private int blocksNeeded(Sequence sequence) {
    return device.blocksFor(Math.min(sequence.known + 1, sequence.positionsMax()));
  }

  private int promised() {
    int blocks = 0;
    for (int i = 0; i < roster.running.size(); i++) {
      Sequence sequence = roster.running.get(i);
      blocks += Math.max(0, blocksNeeded(sequence) - sequence.blocks().size());
    }
    return blocks;
  }

  /**
   * Takes all from one that stands still for want of credit while others find no room. Not at once:
   * most clients come back before that, and then nothing has to be computed anew.
   */
  private void parkOne(long nowNanos) {
    Sequence longest = null;
    for (int i = 0; i < roster.running.size(); i++) {
      Sequence sequence = roster.running.get(i);
      if (sequence.credit == 0
          && nowNanos - sequence.starvedSince >= passedOverNanos
          && (longest == null || sequence.starvedSince < longest.starvedSince)) {
        longest = sequence;
      }
    }
    if (longest != null) {
      planner.preempt(longest);
    }
  }
}
