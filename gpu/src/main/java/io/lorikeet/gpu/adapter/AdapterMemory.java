package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.CopyRing;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The images that slots hold, and the table by which kernels find them. Images come on a stream of
 * their own; the stream of steps waits for them on the device and the host does not. Memory that a
 * slot gave up is written again only after all steps that were queued before.
 */
public final class AdapterMemory {
  private static final long CHUNK_BYTES = 8 << 20;

  private final SlotLayout layout;
  private final Stream steps;
  private final Stream copies;
  private final CopyRing ring;
  private final Event free; // of the memory that is about to be written
  private final Event ready; // what was written
  private final DeviceBuffer pool;
  private final DeviceBuffer table; // [slots] records
  private final PinnedBuffer record;
  private final Event recordFree;
  private final Extents extents;
  private final @Nullable PackedImage[] images;

  /**
   * Takes the memory.
   *
   * @param steps the stream on which steps run
   * @param bytes for all images together
   */
  public AdapterMemory(Context context, Stream steps, SlotLayout layout, int slots, long bytes) {
    this.layout = layout;
    this.steps = steps;
    copies = context.stream();
    ring = new CopyRing(context, copies, Math.min(CHUNK_BYTES, bytes));
    free = context.event();
    ready = context.event();
    pool = context.allocate(bytes);
    table = context.allocate((long) slots * layout.bytes());
    record = context.pin(layout.bytes());
    recordFree = context.event();
    extents = new Extents(bytes);
    images = new PackedImage[slots];
  }

  /** Bytes beside those of images. */
  public static long tableBytes(SlotLayout layout, int slots) {
    return (long) slots * layout.bytes();
  }

  /**
   * Queues the copy of an image to a slot.
   *
   * @throws IllegalArgumentException the ticket is another executor's
   * @throws IllegalStateException the slots' images have more bytes than there are
   */
  public void bind(int slot, Transfers.Ticket ticket) {
    if (!(ticket instanceof PackedImage image)) {
      throw new IllegalArgumentException("the ticket is another executor's: " + ticket);
    }
    free(slot);
    long at = place(slot, image.bytes());
    images[slot] = image;
    steps.record(free);
    copies.await(free);
    ring.copy(image.content(), pool.slice(at, image.bytes()));
    copies.record(ready);
    steps.await(ready);
    writeRecord(slot, image);
  }

  /** The slot is empty. */
  public void free(int slot) {
    if (images[slot] != null) {
      images[slot] = null;
      extents.give(slot);
    }
  }

  /**
   * The image that a slot holds.
   *
   * @throws IllegalArgumentException it is empty
   */
  AdapterImage image(int slot) {
    PackedImage image = slot >= 0 && slot < images.length ? images[slot] : null;
    if (image == null) {
      throw new IllegalArgumentException("slot " + slot + " is empty");
    }
    return image.image();
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
      extents.compact().forEach(this::move);
      at = extents.take(slot, bytes);
    }
    return at.orElseThrow(() ->
        new IllegalStateException(
            "images of slots must have <= %d bytes. Given: %d more than are free"
                .formatted(pool.bytes(), bytes - extents.freeBytes())));
  }

  private void move(Extents.Move move) {
    // Parts no longer than the way overlap nothing.
    long way = move.from() - move.to();
    for (long done = 0; done < move.bytes(); done += way) {
      long part = Math.min(way, move.bytes() - done);
      steps.copy(pool, move.from() + done, pool, move.to() + done, part);
    }
    PackedImage image = images[move.slot()];
    if (image != null) {
      writeRecord(move.slot(), image);
    }
  }

  private void writeRecord(int slot, PackedImage image) {
    recordFree.synchronize();
    image.writeRecord(pool.address() + extents.at(slot), record.segment());
    steps.copy(record, 0, table, (long) slot * layout.bytes(), layout.bytes());
    steps.record(recordFree);
  }
}
