package io.lorikeet.load;

import java.util.Random;
import java.util.function.IntSupplier;

/** How adapters are drawn: the four loads under which servers of many adapters are compared. */
enum Draw {
  /** A few are popular: the k-th has weight 1 / k. */
  ZIPF,
  /** All alike, at random. */
  UNIFORM,
  /** One after the other, so that neighbours never share one. */
  DISTINCT,
  /** Always the first. */
  IDENTICAL;

  /**
   * Numbers below a count, the same for the same seed. Thread-safe.
   *
   * @param count of adapters, at least 1
   */
  IntSupplier numbers(int count, long seed) {
    Random random = new Random(seed);
    return switch (this) {
      case ZIPF -> zipf(count, random);
      case UNIFORM -> () -> random.nextInt(count);
      case DISTINCT ->
          new IntSupplier() {
            private int next;

            @Override
            public synchronized int getAsInt() {
              return next++ % count;
            }
          };
      case IDENTICAL -> () -> 0;
    };
  }

  private static IntSupplier zipf(int count, Random random) {
    double[] upTo = new double[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += 1.0 / (k + 1);
      upTo[k] = sum;
    }
    double all = sum;
    return () -> {
      double wanted = random.nextDouble() * all;
      int k = 0;
      while (upTo[k] <= wanted && k < count - 1) {
        k++;
      }
      return k;
    };
  }
}
