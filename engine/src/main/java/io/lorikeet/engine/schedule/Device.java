package io.lorikeet.engine.schedule;

import io.lorikeet.engine.kv.BlockPool;
import io.lorikeet.engine.kv.BlockTable;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
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
   * @param submitted the last step id that was ever used
   */
  Device(Executor executor, LoopEvents events, long submitted) {
    this.executor = executor;
    info = executor.info();
    blocks = new BlockPool(info.kvBlocks(), submitted);
    seats = new SeatTable(this::bind, info.seats());
    slots = new SlotTable(this::bind, info, events, submitted);
    pipeline = new Pipeline(executor, submitted);
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
  void close(long scan) {
    closed = true;
    executor.close();
    pipeline.discard();
    settle(scan);
  }

  int blocksFor(int positions) {
    return BlockTable.blocksFor(positions, info.blockTokens());
  }

  /** What waited for steps that are no longer in flight is free. */
  void settle(long scan) {
    long taken = pipeline.taken();
    blocks.taken(taken);
    seats.taken(taken);
    slots.taken(taken, scan);
  }

  /** Gives a running sequence what it needs besides blocks. */
  void seat(Sequence sequence, Slot slot) {
    slots.pin(slot);
    sequence.slot = slot.number;
    seat(sequence);
  }

  void seat(Sequence sequence) {
    sequence.seat = seats.occupy(sequence.request.sampling(), sequence.seatTokens());
    sequence.hold(new BlockTable(blocks, info.blockTokens()));
  }

  /** Takes back all that a running sequence holds. */
  void release(Sequence sequence) {
    sequence.blocks().release(sequence.lastStep);
    seats.release(sequence.seat, sequence.lastStep, pipeline.taken());
    if (sequence.slot >= 0) {
      slots.unpin(sequence.slot);
    }
    sequence.seat = Sequence.NOWHERE;
    sequence.slot = Sequence.NOWHERE;
  }

  /** Whether the books agree with the running sequences; for assertions. */
  boolean balanced(List<Sequence> running) {
    int held = 0;
    int[] pins = new int[slots.total()];
    for (Sequence sequence : running) {
      held += sequence.blocks().size();
      if (sequence.slot >= 0) {
        pins[sequence.slot]++;
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
