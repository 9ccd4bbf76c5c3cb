package io.lorikeet.cli.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * How long the same decode steps took with their adapters and without, while somebody wanted to
 * know. Thread-safe.
 */
final class StepPairs {
  /**
   * One step.
   *
   * @param rows of the step
   * @param ratio of its time with adapters to that without
   */
  private record Pair(int rows, double ratio) {}

  private final List<Pair> pairs = new ArrayList<>();
  private volatile boolean wanted;

  void want(boolean whether) {
    wanted = whether;
  }

  boolean wanted() {
    return wanted;
  }

  synchronized void add(int rows, long baseNanos, long adaptedNanos) {
    pairs.add(new Pair(rows, (double) adaptedNanos / baseNanos));
  }

  synchronized void clear() {
    pairs.clear();
  }

  /** Ratios of the steps in which the most streams decoded at once; those of fewer don't count. */
  synchronized double[] ratios() {
    int most = pairs.stream().mapToInt(Pair::rows).max().orElse(0);
    return pairs.stream().filter(pair -> pair.rows == most).mapToDouble(Pair::ratio).toArray();
  }
}
