package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.memory.DeviceBudget;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Adapter slots: which generation lies where, who is asked for, who may go. A slot goes {@code
 * EMPTY, PAGING, STAGED, COMING, RESIDENT, RETIRING, EMPTY}. Slots with running sequences stay;
 * among the others the least recently used goes first.
 *
 * <p>Waiting sequences hold nothing: they want slots, in the order in which a scan of the queue
 * looks at them. A slot goes for the sake of a sequence only when none wants it that was looked at
 * before, so the first one gets all of its slots at last, whatever the others want.
 */
final class SlotTable {
  private final Consumer<Binding> binder;
  private final LoopEvents events;
  private final Slot[] slots;
  private final Map<GenerationId, Slot> byGeneration = new HashMap<>();
  private final List<Slot> residents = new ArrayList<>(); // by generation
  private final DeviceBudget budget;
  private final boolean budgeted;
  private long taken;
  private long orders;

  SlotTable(Consumer<Binding> binder, ExecutorInfo info, LoopEvents events, long taken) {
    this.binder = binder;
    this.events = events;
    this.taken = taken;
    budgeted = info.adapterBytes() > 0;
    budget = new DeviceBudget(info.adapterBytes());
    slots = new Slot[info.slots()];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot(i);
    }
  }

  int total() {
    return slots.length;
  }

  int count(Slot.State state) {
    int count = 0;
    for (Slot slot : slots) {
      count += slot.state == state ? 1 : 0;
    }
    return count;
  }

  /** Slots whose images are on their way. */
  int paging() {
    return count(Slot.State.PAGING) + count(Slot.State.STAGED) + count(Slot.State.COMING);
  }

  /** Those that steps may name, in the order of their generations. */
  List<Slot> residents() {
    return residents;
  }

  int pins(int slot) {
    return slots[slot].pins;
  }

  /** The slot of a generation, on its way or resident; null when it has none. */
  @Nullable Slot find(GenerationId generation) {
    return byGeneration.get(generation);
  }

  /**
   * Reserves a slot and asks for the image, or takes back a slot that was about to go; false when
   * no slot can be had now.
   *
   * @param scan slots wanted in this scan of the queue stay
   */
  boolean page(GenerationId generation, long scan) {
    for (Slot slot : slots) {
      if (slot.state == Slot.State.RETIRING && slot.generation.equals(generation)) {
        byGeneration.put(generation, slot); // it is wanted again before it was gone
        reside(slot);
        return true;
      }
    }
    if (count(Slot.State.EMPTY) == 0 && count(Slot.State.RETIRING) == 0) {
      giveUp(leastRecentlyUsed(Slot::isDroppable, scan, Slot.NOBODY));
    }
    return pageIfEmpty(generation);
  }

  /** Reserves an empty slot and asks for the image; false when none is empty. */
  boolean pageIfEmpty(GenerationId generation) {
    for (Slot slot : slots) {
      if (slot.state == Slot.State.EMPTY) {
        slot.state = Slot.State.PAGING;
        slot.generation = generation;
        byGeneration.put(generation, slot);
        events.page(generation);
        return true;
      }
    }
    return false;
  }

  /** The image came. False when it can never fit; then the slot is empty again. */
  boolean ready(GenerationId generation, Transfers.Ticket ticket) {
    Slot slot = asked(generation);
    if (slot == null) {
      return true; // asked before the executor was lost
    }
    slot.bytes = budgeted ? ticket.bytes() : 0;
    if (slot.bytes > budget.totalBytes()) {
      clear(slot);
      return false;
    }
    slot.invocation = ticket.image().invocation();
    slot.composes = ticket.image().composes();
    slot.state = Slot.State.STAGED;
    slot.ticket = ticket;
    slot.order = orders++;
    slot.lastUse = taken;
    return true;
  }

  /** The image is on the device. False when it was not on its way. */
  boolean carried(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    if (slot == null || slot.state != Slot.State.COMING) {
      return false;
    }
    reside(slot);
    return true;
  }

  /** The image does not come. False when nobody asked. */
  boolean failed(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    if (slot == null) {
      return false;
    }
    switch (slot.state) {
      case PAGING -> clear(slot);
      case COMING -> {
        byGeneration.remove(generation);
        free(slot);
      }
      case EMPTY, STAGED, RESIDENT, RETIRING -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Gives up the least recently used slot that nobody uses or waits for; false when there is none
   * and none is on its way out.
   *
   * @param scan slots wanted in this scan of the queue stay
   */
  boolean dropIdle(long scan) {
    if (count(Slot.State.RETIRING) > 0) {
      return true;
    }
    return giveUp(leastRecentlyUsed(Slot::isDroppable, scan, Slot.NOBODY));
  }

  /**
   * Gives up an image that is there but has no device bytes and that nobody wants in this scan;
   * false when there is none.
   */
  boolean dropStaged(long scan) {
    return giveUp(leastRecentlyUsed(slot -> slot.state == Slot.State.STAGED, scan, Slot.NOBODY));
  }

  /** One more sequence runs with this adapter, which must be resident. Returns the slot. */
  int pin(GenerationId generation) {
    Slot slot = residentSlot(generation);
    slot.pins++;
    return slot.number;
  }

  void unpin(int number) {
    Slot slot = slots[number];
    if (slot.pins == 0) {
      throw new IllegalStateException("slot " + number + " is not pinned");
    }
    slot.pins--;
  }

  /** The step was submitted. */
  void used(Step step) {
    for (int i = 0; i < step.segments; i++) {
      slots[step.slot[i]].lastUse = step.id;
    }
  }

  /** What wakes a resident adapter. */
  Invocation invocation(GenerationId generation) {
    return residentSlot(generation).invocation;
  }

  private Slot residentSlot(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    if (slot == null || slot.state != Slot.State.RESIDENT) {
      throw new IllegalStateException("adapter " + generation.hash() + " is not resident");
    }
    return slot;
  }

  /** Whether all adapters of a composition are resident. */
  boolean resident(Composition composition) {
    for (Composition.Part part : composition.parts()) {
      Slot slot = byGeneration.get(part.adapter());
      if (slot == null || slot.state != Slot.State.RESIDENT) {
        return false;
      }
    }
    return true;
  }

  /** Steps up to this one were taken. */
  void taken(long step) {
    taken = step;
    for (Slot slot : slots) {
      if (slot.state == Slot.State.RETIRING && slot.lastUse <= taken) {
        free(slot);
      }
    }
  }

  /**
   * Gives device bytes to staged images: first to those that are wanted first in the scan, then as
   * they came. Those that must be brought there first are resident when they are. True when one
   * more is resident.
   */
  boolean bindStaged(long scan) {
    boolean bound = false;
    for (Slot slot = firstStaged(scan); slot != null; slot = firstStaged(scan)) {
      if (!grant(slot, scan)) {
        return bound;
      }
      Transfers.Ticket ticket = Objects.requireNonNull(slot.ticket);
      binder.accept(new Binding.BindSlot(slot.number, ticket));
      slot.ticket = null;
      slot.lastUse = taken;
      if (ticket.isReady()) {
        reside(slot);
        bound = true;
      } else {
        slot.state = Slot.State.COMING;
        events.carry(slot.generation, ticket);
      }
    }
    return bound;
  }

  /**
   * Gives all slots up: the executor is lost. Returns who had one, pinned and recent ones first.
   */
  List<GenerationId> drop() {
    List<Slot> held = new ArrayList<>();
    for (Slot slot : slots) {
      if (slot.state != Slot.State.EMPTY) {
        held.add(slot);
      }
    }
    held.sort((a, b) -> Long.compare(b.lastUse, a.lastUse));
    List<GenerationId> generations = new ArrayList<>();
    for (Slot slot : held) {
      events.unpaged(slot.generation);
      if (slot.state != Slot.State.RETIRING) {
        generations.add(slot.generation);
      }
    }
    return generations;
  }

  /** Bytes for all adapters together; 0 where they take none. */
  long adapterBytes() {
    return budget.totalBytes();
  }

  private @Nullable Slot asked(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    return slot != null && slot.state == Slot.State.PAGING ? slot : null;
  }

  private boolean grant(Slot slot, long scan) {
    while (!budget.grant(DeviceBudget.Use.ADAPTERS, slot.bytes)) {
      if (count(Slot.State.RETIRING) > 0
          || !giveUp(leastRecentlyUsed(SlotTable::isResident, scan, slot.turn(scan)))) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Slot firstStaged(long scan) {
    Slot first = null;
    for (Slot slot : slots) {
      if (slot.state == Slot.State.STAGED && (first == null || before(slot, first, scan))) {
        first = slot;
      }
    }
    return first;
  }

  private static boolean before(Slot a, Slot b, long scan) {
    int turn = a.turn(scan);
    int other = b.turn(scan);
    return turn < other || (turn == other && a.order < b.order);
  }

  private static boolean isResident(Slot slot) {
    return slot.state == Slot.State.RESIDENT;
  }

  /**
   * Who goes next: nobody runs with it, and none of those wants it whose turn in the scan is this
   * one or before.
   */
  private @Nullable Slot leastRecentlyUsed(Predicate<Slot> those, long scan, int turn) {
    Slot best = null;
    for (Slot slot : slots) {
      boolean free = slot.turn(scan) == Slot.NOBODY || slot.turn(scan) > turn;
      if (those.test(slot)
          && slot.pins == 0
          && free
          && (best == null || slot.lastUse < best.lastUse)) {
        best = slot;
      }
    }
    return best;
  }

  /** Gives the slot up; false: there is none. */
  private boolean giveUp(@Nullable Slot slot) {
    if (slot == null) {
      return false;
    }
    if (slot.state == Slot.State.STAGED) {
      events.unpaged(slot.generation);
      clear(slot);
      return true;
    }
    slot.state = Slot.State.RETIRING;
    residents.remove(slot);
    byGeneration.remove(slot.generation);
    if (slot.lastUse <= taken) {
      free(slot);
    }
    return true;
  }

  private void reside(Slot slot) {
    slot.state = Slot.State.RESIDENT;
    int at = residents.size();
    while (at > 0 && residents.get(at - 1).generation.compareTo(slot.generation) > 0) {
      at--;
    }
    residents.add(at, slot);
  }

  private void free(Slot slot) {
    binder.accept(new Binding.FreeSlot(slot.number));
    events.unpaged(slot.generation);
    budget.reclaim(DeviceBudget.Use.ADAPTERS, slot.bytes);
    empty(slot);
  }

  private void clear(Slot slot) {
    byGeneration.remove(slot.generation);
    empty(slot);
  }

  private static void empty(Slot slot) {
    slot.state = Slot.State.EMPTY;
    slot.generation = GenerationId.BASE;
    slot.invocation = Invocation.ALWAYS;
    slot.composes = true;
    slot.ticket = null;
    slot.bytes = 0;
  }
}
