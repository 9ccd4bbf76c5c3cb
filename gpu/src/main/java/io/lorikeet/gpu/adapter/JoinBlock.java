package io.lorikeet.gpu.adapter;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.lang.foreign.MemorySegment;

/**
 * The joins of a step on the device, at addresses that never change: filled in pinned memory, then
 * copied at once. A step without adapters copies nothing. Must not be filled again before the copy
 * before the last one is done.
 */
public final class JoinBlock {
  private static final int COPIES = 2; // of steps in flight

  /** Addresses of {@link Joins.Table}'s arrays. */
  public record Table(long begin, long row, long slot, long weight) {}

  private final PinnedBuffer[] hosts; // taken in turn
  private PinnedBuffer host;
  private int turn;
  private final DeviceBuffer device;
  private final long normSlots;
  private final Table all; // offsets
  private final Table outputs;
  private final Table choices;

  /**
   * @param joinsMax joins of one step
   * @param perRow experts that a row goes to; 0 for dense models
   */
  public JoinBlock(int rowsMax, int joinsMax, int perRow, Context context) {
    normSlots = 0;
    all = table((long) rowsMax * Integer.BYTES, rowsMax, joinsMax);
    outputs = table(end(all, joinsMax), rowsMax, joinsMax);
    int choiceJoins = joinsMax * perRow;
    choices = table(end(outputs, joinsMax), rowsMax * perRow, choiceJoins);
    hosts = new PinnedBuffer[COPIES];
    for (int i = 0; i < COPIES; i++) {
      hosts[i] = context.pin(end(choices, choiceJoins));
    }
    host = hosts[0];
    device = context.allocate(end(choices, choiceJoins));
  }

  /** Bytes that it takes on the device, and twice of pinned memory. */
  public static long bytes(int rowsMax, int joinsMax, int perRow) {
    return ((3L + perRow) * rowsMax + 3 + (6L + 3L * perRow) * joinsMax) * Integer.BYTES;
  }

  private static Table table(long at, int rowsMax, int joinsMax) {
    long row = at + (rowsMax + 1L) * Integer.BYTES;
    long joins = (long) joinsMax * Integer.BYTES;
    return new Table(at, row, row + joins, row + 2 * joins);
  }

  private static long end(Table table, int joinsMax) {
    return table.weight + (long) joinsMax * Float.BYTES;
  }

  /**
   * Queues the copy of a step's joins, if it has any.
   *
   * @param rows rows and joins that kernels are launched for: rows beyond the step's are in no
   *     segment, joins beyond its own are of a slot that does nothing; 0: as many as it has
   */
  public void copy(Joins joins, int rows, Stream stream) {
    if (joins.isEmpty()) {
      return;
    }
    turn = (turn + 1) % COPIES;
    host = hosts[turn];
    put(joins.normSlot, joins.all.rows, normSlots);
    put(joins.all, all);
    put(joins.outputs, outputs);
    put(joins.choices, choices);
    if (rows > 0) {
      pad(joins.all, all, rows, joins.emptySlot());
      pad(joins.outputs, outputs, rows, joins.emptySlot());
    }
    stream.copy(host, 0, device, 0, device.bytes());
  }

  private void put(Joins.Table from, Table to) {
    put(from.begin, from.rows + 1, to.begin);
    put(from.row, from.count(), to.row);
    put(from.slot, from.count(), to.slot);
    MemorySegment.copy(from.weight, 0, host.segment(), JAVA_FLOAT, to.weight, from.count());
  }

  private void pad(Joins.Table from, Table to, int rows, int emptySlot) {
    fill(from.count(), from.rows + 1, rows + 1, to.begin);
    fill(0, from.count(), rows, to.row);
    fill(emptySlot, from.count(), rows, to.slot);
  }

  private void fill(int value, int first, int end, long offset) {
    for (int i = first; i < end; i++) {
      host.segment().set(JAVA_INT, offset + (long) i * Integer.BYTES, value);
    }
  }

  private void put(int[] values, int count, long offset) {
    MemorySegment.copy(values, 0, host.segment(), JAVA_INT, offset, count);
  }

  /** Address of the slots whose norms the rows have, -1 for the base's. */
  public long normSlotsAt() {
    return device.address() + normSlots;
  }

  /** The joins of all rows. */
  public Table allAt() {
    return at(all);
  }

  /** The joins of the rows that give logits. */
  public Table outputsAt() {
    return at(outputs);
  }

  /** The joins of choices of experts. */
  public Table choicesAt() {
    return at(choices);
  }

  private Table at(Table offsets) {
    long base = device.address();
    return new Table(
        base + offsets.begin, base + offsets.row, base + offsets.slot, base + offsets.weight);
  }
}
