package io.lorikeet.engine.schedule;

import java.util.Arrays;

/**
 * Time turned into rows: how many rows a step may have to take about as long as it should, by the
 * measured cost of recent steps. Steps are sorted by row count into classes (1, 2-3, 4-7, ...);
 * each class knows the median cost of a row in its last steps, so that one slow step counts for
 * nothing, and is forgotten after a while without steps, so that it is tried again.
 */
final class StepBudget {
  /** Rows of the first steps, before anything was measured. */
  static final int FIRST_ROWS = 16;

  private static final int KEPT = 5;
  private static final int FORGET_AFTER_STEPS = 64;

  private final long budgetNanos;
  private final int rowsMax;
  private final double[][] rowNanos; // [classes, KEPT] ring
  private final int[] kept;
  private final int[] cursor;
  private final long[] lastStep;
  private final double[] sorted = new double[KEPT];
  private long steps;

  StepBudget(long budgetNanos, int rowsMax) {
    this.budgetNanos = budgetNanos;
    this.rowsMax = rowsMax;
    int classes = classOf(rowsMax) + 1;
    rowNanos = new double[classes][KEPT];
    kept = new int[classes];
    cursor = new int[classes];
    lastStep = new long[classes];
  }

  void measured(int rows, long elapsedNanos) {
    int c = classOf(rows);
    rowNanos[c][cursor[c]] = (double) Math.max(0, elapsedNanos) / rows;
    cursor[c] = (cursor[c] + 1) % KEPT;
    kept[c] = Math.min(KEPT, kept[c] + 1);
    lastStep[c] = ++steps;
    for (int i = 0; i < kept.length; i++) {
      if (steps - lastStep[i] > FORGET_AFTER_STEPS) {
        kept[i] = 0;
      }
    }
  }

  /** Rows that a step may have, at least 1. */
  int rows() {
    int rows = 0;
    for (int c = 0; c < kept.length; c++) {
      if (kept[c] == 0) {
        continue;
      }
      double fits = budgetNanos / Math.max(median(c), 1e-9);
      int low = 1 << c;
      if (fits < low) {
        // More rows than fit: what smaller steps promise beyond this class does not hold.
        return Math.max(1, rows == 0 ? (int) fits : Math.min(rows, low - 1));
      }
      // Never more than twice what was measured: the cost may jump.
      rows = (int) Math.min(fits, 4.0 * low - 1);
    }
    return Math.min(rowsMax, rows == 0 ? FIRST_ROWS : rows);
  }

  private double median(int c) {
    System.arraycopy(rowNanos[c], 0, sorted, 0, kept[c]);
    Arrays.sort(sorted, 0, kept[c]);
    return sorted[kept[c] / 2];
  }

  private static int classOf(int rows) {
    return 31 - Integer.numberOfLeadingZeros(rows);
  }
}
