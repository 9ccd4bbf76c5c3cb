package io.lorikeet.gpu.forward;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.Angles;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.lang.foreign.MemorySegment;

/**
 * Everything about a step that kernels read, at addresses that never change: filled in pinned
 * memory, then copied to the device at once. Must not be filled again before the copy before the
 * last one is done.
 */
final class StepBlock {
  private static final int COPIES = 2; // of steps in flight
  private static final int NOTHING = -1; // token and position of a row that is none

  private final PinnedBuffer[] hosts = new PinnedBuffer[COPIES]; // taken in turn
  private PinnedBuffer host;
  private int turn;
  private final DeviceBuffer device;
  private final int blocksMax;
  private final long positions;
  private final long tables;
  private final long outputs;
  private final long[] angles; // per kind of rotary embedding; sines follow cosines
  private final int[] half; // [kinds] angles of a row, 0 for no rotation
  private final long blocks;
  private final int rowsMax;

  /**
   * @param half angles of a row, for each kind of rotary embedding
   * @param blocksMax entries of all block tables of one step
   */
  StepBlock(int rowsMax, int[] half, int blocksMax, Context context) {
    this.rowsMax = rowsMax;
    this.half = half;
    this.blocksMax = blocksMax;
    long ints = (long) rowsMax * Integer.BYTES;
    positions = ints;
    tables = 2 * ints;
    outputs = 3 * ints;
    angles = new long[half.length];
    long at = 4 * ints;
    for (int kind = 0; kind < half.length; kind++) {
      angles[kind] = at;
      at += 2L * rowsMax * half[kind] * Float.BYTES;
    }
    blocks = at;
    long bytes = bytes(rowsMax, half, blocksMax);
    for (int i = 0; i < COPIES; i++) {
      hosts[i] = context.pin(bytes);
    }
    host = hosts[0];
    device = context.allocate(bytes);
  }

  /** Bytes that it takes on the device, and twice of pinned memory. */
  static long bytes(int rowsMax, int[] half, int blocksMax) {
    long floats = 0;
    for (int each : half) {
      floats += 2L * rowsMax * each;
    }
    return (4L * rowsMax + blocksMax + floats) * Integer.BYTES;
  }

  /**
   * Takes over the rows of a step and queues their copy.
   *
   * @param launched rows that kernels are launched for; those beyond the step's are none
   * @throws IllegalArgumentException its block tables are longer than a step's may be
   */
  void copy(StepRows rows, Step step, int launched, Stream stream) {
    int entries = step.blockBegin[step.sequences];
    if (entries > blocksMax) {
      throw new IllegalArgumentException(
          "block tables of a step must have <= " + blocksMax + " entries. Given: " + entries);
    }
    turn = (turn + 1) % COPIES;
    host = hosts[turn];
    put(rows.token, rows.count, 0);
    put(rows.position, rows.count, positions);
    put(rows.table, rows.count, tables);
    put(rows.emitting, rows.emittingCount, outputs);
    put(rows.hidden, rows.hiddenCount, outputs + (long) rows.emittingCount * Integer.BYTES);
    put(rows.blocks, entries, blocks);
    for (int kind = 0; kind < half.length; kind++) {
      putAngles(rows.angles[kind], kind, rows.count);
    }
    if (launched > rows.count) {
      pad(rows.count, launched);
    }
    long bytes = blocks + (long) entries * Integer.BYTES;
    stream.copy(host, 0, device, 0, bytes);
  }

  private void pad(int from, int to) {
    fill(NOTHING, from, to, 0);
    fill(NOTHING, from, to, positions);
    fill(0, from, to, tables);
    fill(0, from, to, outputs);
    for (int kind = 0; kind < half.length; kind++) {
      fill(0, from * half[kind], to * half[kind], angles[kind]);
      fill(0, from * half[kind], to * half[kind], sines(kind));
    }
  }

  private void fill(int value, int first, int end, long offset) {
    for (int i = first; i < end; i++) {
      host.segment().set(JAVA_INT, offset + (long) i * Integer.BYTES, value);
    }
  }

  private void put(int[] values, int count, long offset) {
    MemorySegment.copy(values, 0, host.segment(), JAVA_INT, offset, count);
  }

  private void putAngles(Angles of, int kind, int rows) {
    int count = rows * half[kind];
    MemorySegment.copy(of.cos, 0, host.segment(), JAVA_FLOAT, angles[kind], count);
    MemorySegment.copy(of.sin, 0, host.segment(), JAVA_FLOAT, sines(kind), count);
  }

  private long sines(int kind) {
    return angles[kind] + (long) rowsMax * half[kind] * Float.BYTES;
  }

  /** Address of the vocabulary ids {@code [rows]}. */
  long tokensAt() {
    return device.address();
  }

  /** Address of the positions {@code [rows]}. */
  long positionsAt() {
    return device.address() + positions;
  }

  /** Address of where the rows' block tables begin in the blocks, {@code [rows]}. */
  long tablesAt() {
    return device.address() + tables;
  }

  /** Address of the rows that emit logits, then of those that emit their hidden state. */
  long outputsAt() {
    return device.address() + outputs;
  }

  /** Address of the cosines {@code [rows, rotaryDim / 2]} of a kind of rotary embedding. */
  long cosinesAt(int kind) {
    return device.address() + angles[kind];
  }

  /** Address of the sines, likewise. */
  long sinesAt(int kind) {
    return device.address() + sines(kind);
  }

  /** Address of the block tables. */
  long blocksAt() {
    return device.address() + blocks;
  }
}
