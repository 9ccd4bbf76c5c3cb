package io.lorikeet.engine.spi;

import java.util.Arrays;

/** Whether a step keeps the contract that can be seen in the step alone. */
final class StepCheck {
  private StepCheck() {}

  static void check(Step step, ExecutorInfo info) {
    String name = "step " + step.id;
    that(step.rows > 0 && step.rows <= info.rowsMax(), name + " has " + step.rows + " rows");
    that(step.sequences > 0 && step.sequences <= step.rows, name + ": sequences");
    checkRows(step, info, name);
    checkTables(step, info, name);
    checkSegments(step, info, name);
  }

  private static void checkRows(Step step, ExecutorInfo info, String name) {
    int previous = -1;
    for (int row = 0; row < step.rows; row++) {
      String where = name + ", row " + row;
      int sequence = step.sequence[row];
      boolean first = sequence == previous + 1;
      that(first || sequence == previous, where + " belongs to sequence " + sequence);
      if (!first) {
        that(step.position[row] == step.position[row - 1] + 1, where + ": positions ascend by 1");
        that(step.token[row] != Step.LAST_TOKEN, where + ": two unknown tokens");
      }
      boolean last = row == step.rows - 1 || step.sequence[row + 1] != sequence;
      boolean draws = step.emit[row] == Emit.SAMPLE || step.emit[row] == Emit.LOGITS;
      that(last || !draws, where + ": only the last row draws");
      if (step.emit[row] == Emit.SCORE) {
        that(
            step.target[row] >= 0 && step.target[row] < info.vocabSize(),
            where + ": target " + step.target[row]);
        that(step.top[row] >= 0, where + ": top " + step.top[row]);
      }
      that(step.position[row] >= 0 && step.position[row] < info.contextMax(), where + ": position");
      that(
          step.token[row] >= Step.LAST_TOKEN && step.token[row] < info.vocabSize(),
          where + ": token " + step.token[row]);
      previous = sequence;
    }
    that(previous == step.sequences - 1, name + ": sequences without rows");
  }

  private static void checkTables(Step step, ExecutorInfo info, String name) {
    boolean[] used = new boolean[info.kvBlocks()];
    boolean[] seated = new boolean[info.seats()];
    for (int row = 0; row < step.rows; row++) {
      int sequence = step.sequence[row];
      int covered =
          (step.blockBegin[sequence + 1] - step.blockBegin[sequence]) * info.blockTokens();
      that(step.position[row] < covered, name + ": row " + row + " has no block");
    }
    for (int sequence = 0; sequence < step.sequences; sequence++) {
      int seat = step.seat[sequence];
      that(seat >= 0 && seat < seated.length && !seated[seat], name + ": seat " + seat);
      seated[seat] = true;
      that(step.promptLength[sequence] > 0, name + ": prompt length");
      for (int i = step.blockBegin[sequence]; i < step.blockBegin[sequence + 1]; i++) {
        int block = step.blocks[i];
        that(block >= 0 && block < used.length && !used[block], name + ": block " + block);
        used[block] = true;
      }
    }
  }

  private static void checkSegments(Step step, ExecutorInfo info, String name) {
    boolean[] used = new boolean[info.slots()];
    for (int segment = 0; segment < step.segments; segment++) {
      int slot = step.slot[segment];
      that(slot >= 0 && slot < info.slots() && !used[slot], name + ": slot " + slot);
      used[slot] = true;
      int begin = step.segmentBegin[segment];
      int end = step.segmentBegin[segment + 1];
      that(begin < end, name + ": segment " + segment + " is empty");
      for (int i = begin; i < end; i++) {
        int row = step.segmentRow[i];
        that(row >= 0 && row < step.rows, name + ": segment row " + row);
        that(i == begin || step.segmentRow[i - 1] < row, name + ": segment rows do not ascend");
        float weight = step.segmentWeight[i];
        that(Float.isFinite(weight) && weight != 0, name + ": segment weight " + weight);
      }
    }
  }

  /** A number over all that the step says: it must not change while the executor has it. */
  static long print(Step step) {
    long print = step.id;
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.token, step.rows));
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.position, step.rows));
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.sequence, step.rows));
    for (int row = 0; row < step.rows; row++) {
      boolean scores = step.emit[row] == Emit.SCORE;
      print = print * 31 + step.emit[row].hashCode() + (scores ? 31L * step.target[row] : 0);
    }
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.seat, step.sequences));
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.blockBegin, step.sequences + 1));
    int blocks = step.blockBegin[step.sequences];
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.blocks, blocks));
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.slot, step.segments));
    int joins = step.segmentBegin[step.segments];
    print = print * 31 + Arrays.hashCode(Arrays.copyOf(step.segmentRow, joins));
    return print * 31 + Arrays.hashCode(Arrays.copyOf(step.segmentWeight, joins));
  }

  static void that(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
