package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.StepRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which adapters act on which rows of the step in flight: a join is one row's part in one segment.
 * Joins stand by row, those of a row in the order of the segments. Segments of slot -1 are the base
 * model's and left out.
 *
 * <p>Scales and replacements change the base's part too, so they belong to no weighted sum: only a
 * row that is in one segment, with weight 1, may use an adapter that is more than a sum.
 */
public final class Joins {
  private static final int BASE = -1;

  /** Joins of rows, by the rows' numbers. */
  static final class Table {
    final int[] begin; // [rows + 1]
    final int[] row; // [joins]
    final int[] slot;
    final float[] weight;
    int rows;

    Table(int rowsMax, int joinsMax) {
      begin = new int[rowsMax + 1];
      row = new int[joinsMax];
      slot = new int[joinsMax];
      weight = new float[joinsMax];
    }

    int count() {
      return begin[rows];
    }
  }

  private final AdapterMemory memory;
  private final int joinsMax;
  private final List<AdapterImage> images = new ArrayList<>(); // that act in this step
  private boolean linear; // all of them
  final Table all;
  final Table outputs; // of rows that give logits, by their numbers among those
  final Table choices; // of choices of experts, each with its row's; empty for dense models
  private final int perRow;
  final int[] normSlot; // [rows] slot whose norms the row has, or -1

  /**
   * @param joinsMax joins of one step
   * @param perRow experts that a row goes to; 0 for dense models
   */
  public Joins(AdapterMemory memory, int rowsMax, int joinsMax, int perRow) {
    this.perRow = perRow;
    choices = new Table(rowsMax * perRow, joinsMax * perRow);
    this.memory = memory;
    this.joinsMax = joinsMax;
    all = new Table(rowsMax, joinsMax);
    outputs = new Table(rowsMax, joinsMax);
    normSlot = new int[rowsMax];
  }

  /**
   * Takes over a step.
   *
   * @throws IllegalArgumentException a slot is empty, a row is scaled that must not be, or there
   *     are too many joins
   */
  public void read(Step step, StepRows rows) {
    images.clear();
    linear = true;
    all.rows = rows.count;
    Arrays.fill(all.begin, 0, rows.count + 1, 0);
    for (int s = 0; s < step.segments; s++) {
      if (step.slot[s] != BASE) {
        images.add(memory.use(step.slot[s]));
        linear &= memory.isLinear(step.slot[s]);
        count(step, s);
      }
    }
    if (images.isEmpty()) {
      outputs.rows = 0;
      outputs.begin[0] = 0;
      return;
    }
    sum(all);
    if (all.count() > joinsMax) {
      throw new IllegalArgumentException(
          "rows of a step must be in <= " + joinsMax + " segments together. Given: " + all.count());
    }
    Arrays.fill(normSlot, 0, rows.count, BASE);
    fill(step);
    readOutputs(rows);
    readChoices();
  }

  private void readChoices() {
    choices.rows = all.rows * perRow;
    int at = 0;
    for (int choice = 0; choice < choices.rows; choice++) {
      choices.begin[choice] = at;
      int row = choice / perRow;
      for (int join = all.begin[row]; join < all.begin[row + 1]; join++) {
        choices.row[at] = choice;
        choices.slot[at] = all.slot[join];
        choices.weight[at++] = all.weight[join];
      }
    }
    choices.begin[choices.rows] = at;
  }

  private void count(Step step, int s) {
    for (int i = step.segmentBegin[s]; i < step.segmentBegin[s + 1]; i++) {
      all.begin[step.segmentRow[i] + 1]++;
    }
  }

  private static void sum(Table table) {
    for (int row = 0; row < table.rows; row++) {
      table.begin[row + 1] += table.begin[row];
    }
  }

  private void fill(Step step) {
    int[] next = Arrays.copyOf(all.begin, all.rows);
    int index = 0;
    for (int s = 0; s < step.segments; s++) {
      if (step.slot[s] == BASE) {
        continue;
      }
      AdapterImage image = images.get(index++);
      for (int i = step.segmentBegin[s]; i < step.segmentBegin[s + 1]; i++) {
        int row = step.segmentRow[i];
        int join = next[row]++;
        all.row[join] = row;
        all.slot[join] = step.slot[s];
        all.weight[join] = step.segmentWeight[i];
        checkSum(image, join, row);
        if (!image.norms().isNone()) {
          normSlot[row] = step.slot[s];
        }
      }
    }
  }

  private void checkSum(AdapterImage image, int join, int row) {
    int joins = all.begin[row + 1] - all.begin[row];
    if (!image.isSum() && (joins != 1 || all.weight[join] != 1f)) {
      throw new IllegalArgumentException(
          "row %d has scales or replacements of its adapter and must be in one segment with weight 1. Given: %d segments, weight %s"
              .formatted(row, joins, all.weight[join]));
    }
  }

  private void readOutputs(StepRows rows) {
    outputs.rows = rows.emittingCount;
    int at = 0;
    for (int e = 0; e < rows.emittingCount; e++) {
      outputs.begin[e] = at;
      int row = rows.emitting[e];
      for (int join = all.begin[row]; join < all.begin[row + 1]; join++) {
        outputs.row[at] = e;
        outputs.slot[at] = all.slot[join];
        outputs.weight[at++] = all.weight[join];
      }
    }
    outputs.begin[rows.emittingCount] = at;
  }

  /** Whether no adapter acts in this step. */
  public boolean isEmpty() {
    return images.isEmpty();
  }

  /** Joins of all rows. */
  public int count() {
    return all.count();
  }

  /** Joins of the choices of experts. */
  public int choiceCount() {
    return choices.count();
  }

  /** Joins of the rows that give logits. */
  public int outputCount() {
    return outputs.count();
  }

  /** The adapters that act in this step. */
  public List<AdapterImage> images() {
    return images;
  }

  /** Whether none of them does more than to change outputs of linear layers. */
  public boolean linear() {
    return linear;
  }

  /** A slot that does nothing. */
  int emptySlot() {
    return memory.emptySlot();
  }
}
