package io.lorikeet.cli.bench;

import io.lorikeet.engine.spi.DeviceSpeed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;

/**
 * What plain loops reach on this machine now: the measure of what kernels reach.
 *
 * @param readBytesPerSecond sums over arrays that no cache holds
 * @param multiplyAddsPerSecond fused multiply-adds on values in the first-level cache; empty on a
 *     device, whose plain loops say little about it
 * @param device what was measured on it; empty for this machine's processors
 */
record Probe(
    double readBytesPerSecond, OptionalDouble multiplyAddsPerSecond, Optional<DeviceSpeed> device) {
  private static final int LONGS = 1 << 25; // 256 MiB a thread
  private static final int FLOATS = 1 << 10;
  private static final int CHAINED = 8; // multiply-adds of a value in one pass
  private static final int PASSES = 20_000;
  private static final int ROUNDS = 7;

  /** That of a device. */
  static Probe of(DeviceSpeed speed) {
    return new Probe(speed.readBytesPerSecond(), OptionalDouble.empty(), Optional.of(speed));
  }

  /** Measures, which takes about two seconds. */
  static Probe of(int threads) {
    List<LongSupplier> reads = new ArrayList<>();
    List<LongSupplier> multiplies = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long[] longs = new long[LONGS];
      float[] floats = new float[FLOATS];
      reads.add(() -> sum(longs));
      multiplies.add(() -> multiply(floats));
    }
    return new Probe(
        (double) threads * LONGS * Long.BYTES / seconds(reads),
        OptionalDouble.of((double) threads * FLOATS * CHAINED * PASSES / seconds(multiplies)),
        Optional.empty());
  }

  /** Of the rounds the median; in each, all threads work at once. */
  private static double seconds(List<LongSupplier> works) {
    double[] rounds = new double[ROUNDS];
    try (ExecutorService threads = Executors.newFixedThreadPool(works.size())) {
      for (int round = 0; round < ROUNDS; round++) {
        long begin = System.nanoTime();
        List<CompletableFuture<Long>> all =
            works.stream()
                .map(work -> CompletableFuture.supplyAsync(work::getAsLong, threads))
                .toList();
        all.forEach(CompletableFuture::join);
        rounds[round] = (System.nanoTime() - begin) / 1e9;
      }
    }
    Arrays.sort(rounds);
    return rounds[ROUNDS / 2];
  }

  private static long sum(long[] values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return sum;
  }

  private static long multiply(float[] values) {
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < values.length; i++) {
        float v = values[i];
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        v = Math.fma(v, 0.5f, 1f);
        values[i] = v;
      }
    }
    return (long) values[0];
  }
}
