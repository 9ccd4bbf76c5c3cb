package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition.Part;
import io.lorikeet.engine.kv.BlockPool;
import io.lorikeet.engine.kv.BlockTable;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import java.util.Arrays;
import java.util.List;

/**
 * One executor with the books of what sequences hold on it: blocks, seats, slots, steps in flight.
 * Replaced as a whole when the executor is lost.
 */
final class Device {
  final ExecutorInfo info;
  final BlockPool blocks;
  final SeatTable seats;
  final SlotTable slots;
  final Pipeline pipeline;
  private final Executor executor;
  private boolean closed;

  /**
   * @param adaptersMax adapters of one sequence
   * @param submitted the last step id that was ever used
   */
  Device(Executor executor, LoopEvents events, int adaptersMax, long submitted) {
    this.executor = executor;
    info = executor.info();
    blocks = new BlockPool(info.kvBlocks(), submitted);
    seats = new SeatTable(this::bind, info.seats());
    slots = new SlotTable(this::bind, info, events, submitted);
    pipeline = new Pipeline(executor, slots, adaptersMax, submitted);
  }

  private void bind(Binding binding) {
    if (!closed) {
      executor.bind(binding);
    }
  }

  /**
   * Closes the executor; nothing is in flight any more. The books stay, so that sequences can give
   * back what they hold.
   */
  void close() {
    closed = true;
    executor.close();
    pipeline.discard();
    settle();
  }

  int blocksFor(int positions) {
    return BlockTable.blocksFor(positions, info.blockTokens());
  }

  /** What waited for steps that are no longer in flight is free. */
  void settle() {
    long taken = pipeline.taken();
    blocks.taken(taken);
    seats.taken(taken);
    slots.taken(taken);
  }

  /** Gives a running sequence what it needs besides blocks; its adapters must be resident. */
  void seat(Sequence sequence) {
    List<Part> parts = sequence.composition().parts();
    for (int i = 0; i < parts.size(); i++) {
      sequence.slots[i] = slots.pin(parts.get(i).adapter());
    }
    sequence.seat = seats.occupy(sequence.request.sampling(), sequence.seatTokens());
    sequence.hold(new BlockTable(blocks, info.blockTokens()));
  }

  /** Takes back all that a running sequence holds. */
  void release(Sequence sequence) {
    sequence.blocks().release(sequence.lastStep);
    seats.release(sequence.seat, sequence.lastStep, pipeline.taken());
    for (int slot : sequence.slots) {
      slots.unpin(slot);
    }
    sequence.seat = Sequence.NOWHERE;
    Arrays.fill(sequence.slots, Sequence.NOWHERE);
  }

  /** Whether the books agree with the running sequences; for assertions. */
  boolean balanced(List<Sequence> running) {
    int held = 0;
    int[] pins = new int[slots.total()];
    for (Sequence sequence : running) {
      held += sequence.blocks().size();
      for (int slot : sequence.slots) {
        pins[slot]++;
      }
    }
    for (int slot = 0; slot < pins.length; slot++) {
      assert pins[slot] == slots.pins(slot) : "slot " + slot + ": " + slots.pins(slot) + " pins";
    }
    assert held == blocks.used() : held + " blocks held, " + blocks.used() + " used";
    assert blocks.free() + blocks.used() + blocks.retiring() == blocks.total() : "blocks";
    assert running.size() == seats.used() : running.size() + " run, " + seats.used() + " seats";
    assert blocks.retiring() == 0 || pipeline.inFlight() > 0 : "blocks retire for nothing";
    return true;
  }
}
