package io.lorikeet.engine.schedule;

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
import org.jspecify.annotations.Nullable;

/**
 * Adapter slots: which generation lies where, who is asked for, who may go. A slot goes {@code
 * EMPTY, PAGING, STAGED, RESIDENT, RETIRING, EMPTY}. Slots with running sequences stay; among the
 * others the least recently used goes first.
 */
final class SlotTable {
  private final Consumer<Binding> binder;
  private final LoopEvents events;
  private final Slot[] slots;
  private final Map<GenerationId, Slot> byGeneration = new HashMap<>();
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
    return count(Slot.State.PAGING) + count(Slot.State.STAGED);
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
        slot.state = Slot.State.RESIDENT; // it is wanted again before it was gone
        byGeneration.put(generation, slot);
        return true;
      }
    }
    if (count(Slot.State.EMPTY) == 0 && count(Slot.State.RETIRING) == 0) {
      Slot victim = leastRecentlyUsed(scan, true);
      if (victim != null) {
        evict(victim);
      }
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
  boolean ready(GenerationId generation, Transfers.Ticket ticket, long scan) {
    Slot slot = asked(generation);
    if (slot == null) {
      return true; // asked before the executor was lost
    }
    slot.bytes = budgeted ? ticket.image().bytes() : 0;
    if (slot.bytes > budget.totalBytes()) {
      clear(slot);
      return false;
    }
    slot.invocation = ticket.image().invocation();
    slot.state = Slot.State.STAGED;
    slot.ticket = ticket;
    slot.order = orders++;
    bindStaged(scan);
    return true;
  }

  /** The image does not come. False when nobody asked. */
  boolean failed(GenerationId generation) {
    Slot slot = asked(generation);
    if (slot == null) {
      return false;
    }
    clear(slot);
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
    Slot victim = leastRecentlyUsed(scan, true);
    if (victim == null) {
      return false;
    }
    evict(victim);
    return true;
  }

  void pin(Slot slot) {
    if (slot.state != Slot.State.RESIDENT) {
      throw new IllegalStateException("slot " + slot.number + " is " + slot.state);
    }
    slot.pins++;
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

  boolean resident(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    return generation.isBase() || (slot != null && slot.state == Slot.State.RESIDENT);
  }

  /** Steps up to this one were taken. */
  void taken(long step, long scan) {
    taken = step;
    for (Slot slot : slots) {
      if (slot.state == Slot.State.RETIRING && slot.lastUse <= taken) {
        free(slot);
      }
    }
    bindStaged(scan);
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

  long grantedBytes() {
    return budget.grantedBytes(DeviceBudget.Use.ADAPTERS);
  }

  private @Nullable Slot asked(GenerationId generation) {
    Slot slot = byGeneration.get(generation);
    return slot != null && slot.state == Slot.State.PAGING ? slot : null;
  }

  /** Gives device bytes to staged images in the order in which they came. */
  private void bindStaged(long scan) {
    for (Slot slot = firstStaged(); slot != null; slot = firstStaged()) {
      while (!budget.grant(DeviceBudget.Use.ADAPTERS, slot.bytes)) {
        Slot victim = count(Slot.State.RETIRING) == 0 ? leastRecentlyUsed(scan, anyPinned()) : null;
        if (victim == null) {
          return;
        }
        evict(victim);
      }
      binder.accept(new Binding.BindSlot(slot.number, Objects.requireNonNull(slot.ticket)));
      slot.ticket = null;
      slot.state = Slot.State.RESIDENT;
      slot.lastUse = taken;
    }
  }

  private @Nullable Slot firstStaged() {
    Slot first = null;
    for (Slot slot : slots) {
      if (slot.state == Slot.State.STAGED && (first == null || slot.order < first.order)) {
        first = slot;
      }
    }
    return first;
  }

  private boolean anyPinned() {
    for (Slot slot : slots) {
      if (slot.pins > 0) {
        return true;
      }
    }
    return false;
  }

  /** Who goes next: nobody runs with it. */
  private @Nullable Slot leastRecentlyUsed(long scan, boolean spareWanted) {
    Slot best = null;
    for (Slot slot : slots) {
      boolean wanted = spareWanted && slot.wanted == scan;
      if (slot.state == Slot.State.RESIDENT
          && slot.pins == 0
          && !wanted
          && (best == null || slot.lastUse < best.lastUse)) {
        best = slot;
      }
    }
    return best;
  }

  private void evict(Slot slot) {
    slot.state = Slot.State.RETIRING;
    byGeneration.remove(slot.generation);
    if (slot.lastUse <= taken) {
      free(slot);
    }
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
    slot.bytes = 0;
  }
}
