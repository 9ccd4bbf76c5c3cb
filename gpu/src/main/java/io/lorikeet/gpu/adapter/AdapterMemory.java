package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.lang.System.Logger.Level;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import jcuda.CudaException;
import org.jspecify.annotations.Nullable;

/**
 * The images that slots hold, and the table by which kernels find them. Images come while steps go
 * on; the first step that uses one makes its stream wait for it, and the host waits only for an
 * image that nobody has carried. Memory that a slot gave up is written again only after all steps
 * that were queued before.
 *
 * <p>For the thread of the context, but for {@link #carry}.
 */
public final class AdapterMemory implements AutoCloseable {
  private static final long BOUNCE_BYTES = 1 << 20;
  private static final System.Logger LOG = System.getLogger(AdapterMemory.class.getName());

  private final SlotLayout layout;
  private final Stream steps;
  private final ImageCopies copies;
  private final DeviceBuffer pool;
  private final DeviceBuffer bounce; // moves that overlap go through it
  private final DeviceBuffer table; // [slots + 1] records, the last of a slot that does nothing
  private final PinnedBuffer records; // [slots], as they were copied to the table last
  private final Event[] free; // [slots]
  private final Event[] there;
  private final Event[] written; // records were copied
  private final boolean[] joined; // the stream of steps waits for the image, and its record is up
  private final Extents extents;
  private final AtomicReferenceArray<@Nullable Arrival> arrivals; // by slot

  /**
   * Takes the memory.
   *
   * @param steps the stream on which steps run
   * @param bytes for all images together
   */
  public AdapterMemory(Context context, Stream steps, SlotLayout layout, int slots, long bytes) {
    this.layout = layout;
    this.steps = steps;
    copies = new ImageCopies(context, bytes);
    pool = context.allocate(bytes);
    bounce = context.allocate(BOUNCE_BYTES);
    table = context.allocate(tableBytes(layout, slots));
    steps.clear(table.slice((long) slots * layout.bytes(), layout.bytes()));
    records = context.pin(tableBytes(layout, slots));
    free = events(context, slots);
    there = events(context, slots);
    written = events(context, slots);
    joined = new boolean[slots];
    extents = new Extents(bytes);
    arrivals = new AtomicReferenceArray<>(slots);
  }

  private static Event[] events(Context context, int count) {
    return IntStream.range(0, count).mapToObj(i -> context.event()).toArray(Event[]::new);
  }

  /** Bytes beside those of images. */
  public static long workspaceBytes(SlotLayout layout, int slots) {
    return BOUNCE_BYTES + tableBytes(layout, slots);
  }

  private static long tableBytes(SlotLayout layout, int slots) {
    return (slots + 1L) * layout.bytes();
  }

  static StagedImage own(Transfers.Ticket ticket) {
    if (ticket instanceof StagedImage staged) {
      return staged;
    }
    throw new IllegalArgumentException("the ticket is another executor's: " + ticket);
  }

  /**
   * Gives an image a place. It comes there when somebody carries it or a step uses it.
   *
   * @throws IllegalArgumentException the ticket is another executor's
   * @throws IllegalStateException the slots' images have more bytes than there are
   */
  public void bind(int slot, Transfers.Ticket ticket) {
    StagedImage staged = own(ticket);
    free(slot);
    DeviceBuffer place = pool.slice(place(slot, staged.bytes()), staged.bytes());
    steps.record(free[slot]);
    staged.setReady(false);
    joined[slot] = false;
    arrivals.set(slot, new Arrival(staged, place, free[slot], there[slot]));
  }

  /** The slot is empty. */
  public void free(int slot) {
    Arrival arrival = arrivals.getAndSet(slot, null);
    if (arrival != null) {
      extents.give(slot);
      if (copies.giveUp(arrival) && !joined[slot]) {
        steps.await(there[slot]); // another image may be moved to its place
      }
    }
  }

  /**
   * Brings an image to its slot, if it has one; for any thread. What the device refuses, it refuses
   * to the step that uses the slot, too.
   */
  void carry(StagedImage staged) {
    for (int slot = 0; slot < arrivals.length(); slot++) {
      Arrival arrival = arrivals.get(slot);
      if (arrival != null && arrival.staged == staged) {
        carry(arrival);
      }
    }
  }

  private void carry(Arrival arrival) {
    try {
      copies.carry(arrival);
      arrival.staged.setReady(arrival.queued);
    } catch (CudaException e) {
      LOG.log(Level.WARNING, "an adapter could not be copied to the device", e);
    }
  }

  /** No other thread uses the context from now on. */
  @Override
  public void close() {
    copies.close();
  }

  /**
   * Makes what is queued from now on wait for a slot's image, which it returns.
   *
   * @throws IllegalArgumentException the slot is empty
   */
  AdapterImage use(int slot) {
    Arrival arrival = slot >= 0 && slot < joined.length ? arrivals.get(slot) : null;
    if (arrival == null) {
      throw new IllegalArgumentException("slot " + slot + " is empty");
    }
    if (!joined[slot]) {
      copies.queue(arrival);
      steps.await(there[slot]);
      joined[slot] = true;
      writeRecord(slot, arrival);
    }
    return arrival.staged.image();
  }

  /** Whether the image of a slot only changes outputs of linear layers. */
  boolean isLinear(int slot) {
    Arrival arrival = arrivals.get(slot);
    return arrival != null && arrival.staged.packed.linear();
  }

  /** The number of a slot that does nothing. */
  int emptySlot() {
    return joined.length;
  }

  /** Address of an entry of slot 0; see {@link SlotLayout}. */
  public long at(int entry) {
    return table.address() + entry;
  }

  public SlotLayout layout() {
    return layout;
  }

  private long place(int slot, long bytes) {
    OptionalLong at = extents.take(slot, bytes);
    if (at.isEmpty() && extents.freeBytes() >= bytes) {
      at = takeCompacted(slot, bytes);
    }
    if (at.isEmpty() && extents.freeBytes() >= bytes) {
      // Images on their way lie between the gaps.
      for (int other = 0; other < joined.length; other++) {
        if (arrivals.get(other) != null) {
          use(other);
        }
      }
      at = takeCompacted(slot, bytes);
    }
    return at.orElseThrow(() ->
        new IllegalStateException(
            "images of slots must have <= %d bytes. Given: %d more than are free"
                .formatted(pool.bytes(), bytes - extents.freeBytes())));
  }

  private OptionalLong takeCompacted(int slot, long bytes) {
    extents.compact(other -> joined[other]).forEach(this::move);
    return extents.take(slot, bytes);
  }

  private void move(Extents.Move move) {
    if (move.from() - move.to() >= move.bytes()) {
      steps.copy(pool, move.from(), pool, move.to(), move.bytes());
    } else {
      moveThroughBounce(move);
    }
    Arrival arrival = arrivals.get(move.slot());
    if (arrival != null) {
      writeRecord(move.slot(), arrival);
    }
  }

  // A short way would take as many copies as it fits into the image.
  private void moveThroughBounce(Extents.Move move) {
    for (long done = 0; done < move.bytes(); done += BOUNCE_BYTES) {
      long part = Math.min(BOUNCE_BYTES, move.bytes() - done);
      steps.copy(pool, move.from() + done, bounce, 0, part);
      steps.copy(bounce, 0, pool, move.to() + done, part);
    }
  }

  private void writeRecord(int slot, Arrival arrival) {
    written[slot].synchronize();
    long at = (long) slot * layout.bytes();
    arrival.staged.packed.writeRecord(
        pool.address() + extents.at(slot), records.segment().asSlice(at, layout.bytes()));
    steps.copy(records, at, table, at, layout.bytes());
    steps.record(written[slot]);
  }
}
