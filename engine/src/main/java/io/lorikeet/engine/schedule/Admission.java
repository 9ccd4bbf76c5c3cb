package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

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
  private int turns; // sequences that were looked at
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
    do {
      scan(nowNanos);
    } while (device.slots.bindStaged(roster.queue.scan()));
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

  private void scan(long nowNanos) {
    crowded = false;
    onlyBase = false;
    promised = promised();
    roster.queue.begin(nowNanos);
    turns = 0;
    Sequence sequence = roster.queue.next();
    while (sequence != null && consider(sequence, nowNanos) && ++turns < SCAN_MAX) {
      sequence = roster.queue.next();
    }
  }

  /** Admits it, asks for its adapters or passes over it; false: nobody after it may be admitted. */
  private boolean consider(Sequence sequence, long nowNanos) {
    if (sequence.credit == 0 || sequence.lastStep > device.pipeline.taken()) {
      return true; // its own matter: no credit, or its preempted rows are still in flight
    }
    if (onlyBase && !sequence.composition().isBase()) {
      return true;
    }
    if (ended(sequence, AdapterCheck.refuse(sequence, device.slots))) {
      return true;
    }
    if (!present(sequence, nowNanos)) {
      WaitingQueue.skip(sequence.flow);
      return true;
    }
    if (device.seats.free() == 0) {
      crowded = true;
      return device.slots.paging() < pagesAhead;
    }
    if (!blocksFit(sequence)) {
      return misfit(sequence, nowNanos);
    }
    if (!ended(sequence, AdapterCheck.wake(sequence, device.slots))) {
      roster.admit(sequence);
      promised += blocksNeeded(sequence);
    }
    return true;
  }

  private boolean ended(Sequence sequence, Optional<EndReason> reason) {
    if (reason.isPresent()) {
      roster.end(sequence, reason.get());
    }
    return reason.isPresent();
  }

  /** Whether all of its adapters are resident. It wants their slots, and asks for what it lacks. */
  private boolean present(Sequence sequence, long nowNanos) {
    long scan = roster.queue.scan();
    List<Composition.Part> parts = sequence.composition().parts();
    int residents = 0;
    boolean lacksRoom = false; // a slot, or device bytes for what is staged
    for (int i = 0; i < parts.size(); i++) {
      Slot slot = device.slots.find(parts.get(i).adapter());
      if (slot != null) {
        slot.want(scan, turns);
        residents += slot.state == Slot.State.RESIDENT ? 1 : 0;
        lacksRoom |= slot.state == Slot.State.STAGED;
      }
    }
    for (int i = 0; i < parts.size() && residents < parts.size(); i++) {
      if (device.slots.find(parts.get(i).adapter()) == null) {
        lacksRoom |= !ask(sequence, parts.get(i).adapter(), nowNanos);
      }
    }
    if (lacksRoom) {
      onlyBase = !misfit(sequence, nowNanos);
    }
    return residents == parts.size();
  }

  /** False: no slot can be had now. */
  private boolean ask(Sequence sequence, GenerationId adapter, long nowNanos) {
    long scan = roster.queue.scan();
    if (device.slots.paging() >= pagesAhead && !device.slots.dropStaged(scan)) {
      roster.queue.misfit(sequence, nowNanos); // its turn comes when others have come
      return true;
    }
    if (!device.slots.page(adapter, scan)) {
      return false;
    }
    Slot slot = device.slots.find(adapter);
    if (slot != null) {
      slot.want(scan, turns);
    }
    return true;
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
