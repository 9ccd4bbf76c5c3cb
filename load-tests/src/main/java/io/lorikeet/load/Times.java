package io.lorikeet.load;

import java.util.List;

/** Percentiles in milliseconds; all 0 where nothing was measured. */
record Times(int count, double p50, double p95, double p99, double max) {
  private static final double NANOS_OF_MILLISECOND = 1e6;

  static Times of(List<Long> nanos) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return new Times(
        sorted.size(), at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99), at(sorted, 1));
  }

  // The smallest value that so large a part of all does not exceed.
  private static double at(List<Long> sorted, double part) {
    if (sorted.isEmpty()) {
      return 0;
    }
    int rank = (int) Math.ceil(part * sorted.size());
    return sorted.get(Math.max(0, rank - 1)) / NANOS_OF_MILLISECOND;
  }
}
