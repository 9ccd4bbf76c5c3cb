package io.lorikeet.engine.schedule;

import java.util.Arrays;

/**
 * Time turned into rows: how many rows a step may have to take about as long as it should, by the
 * measured cost of recent steps. Steps are sorted by row count into classes (1, 2-3, 4-7, ...);
 * each class knows the median cost of a row in its last steps, so that one slow step counts for
 * nothing. After a while without steps a class is measured afresh, and keeps nobody from trying it
 * by what it cost before.
 */
final class StepBudget {
  /** Rows of the first steps, before anything was measured. */
  static final int FIRST_ROWS = 16;

  private static final int KEPT = 5;
  private static final int STALE_AFTER_STEPS = 64;

  private final long stepNanos;
  private final long prefillNanos;
  private final int rowsMax;
  private final double[][] rowNanos; // [classes, KEPT] ring
  private final int[] kept;
  private final int[] cursor;
  private final long[] lastStep;
  private final double[] sorted = new double[KEPT];
  private long steps;

  /**
   * @param stepNanos time of a step that sequences wait for which decode
   * @param prefillNanos time of a step of prompts alone
   */
  StepBudget(long stepNanos, long prefillNanos, int rowsMax) {
    this.stepNanos = stepNanos;
    this.prefillNanos = prefillNanos;
    this.rowsMax = rowsMax;
    int classes = classOf(rowsMax) + 1;
    rowNanos = new double[classes][KEPT];
    kept = new int[classes];
    cursor = new int[classes];
    lastStep = new long[classes];
  }

  void measured(int rows, long elapsedNanos) {
    int c = classOf(rows);
    if (stale(c)) {
      kept[c] = 0;
      cursor[c] = 0;
    }
    rowNanos[c][cursor[c]] = (double) Math.max(0, elapsedNanos) / rows;
    cursor[c] = (cursor[c] + 1) % KEPT;
    kept[c] = Math.min(KEPT, kept[c] + 1);
    lastStep[c] = ++steps;
  }

  /**
   * Rows that a step may have, at least 1.
   *
   * @param decodes whether sequences that decode wait for the step
   */
  int rows(boolean decodes) {
    long budgetNanos = decodes ? stepNanos : prefillNanos;
    int rows = 0;
    for (int c = 0; c < kept.length; c++) {
      if (kept[c] == 0) {
        continue;
      }
      double fits = budgetNanos / Math.max(median(c), 1e-9);
      int low = 1 << c;
      if (fits < low && stale(c)) {
        continue;
      }
      if (fits < low) {
        // More rows than fit: what smaller steps promise beyond this class does not hold.
        return Math.max(1, rows == 0 ? (int) fits : Math.min(rows, low - 1));
      }
      // Never more than twice what was measured: the cost may jump.
      rows = (int) Math.min(fits, 4.0 * low - 1);
    }
    return Math.min(rowsMax, rows == 0 ? FIRST_ROWS : rows);
  }

  private boolean stale(int c) {
    return steps - lastStep[c] > STALE_AFTER_STEPS;
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
