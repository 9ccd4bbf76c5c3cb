package io.lorikeet.cli.bench;

import io.lorikeet.engine.spi.ExecutorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What rounds of one setting gave.
 *
 * @param rounds of the streams as the setting has them
 * @param taxRatios of the time of decode steps with adapters to that of the same steps without, run
 *     in turns; empty where no stream has an adapter
 * @param stepBytes that a decode step reads: weights, adapters, and the KV cache at mid-length
 * @param multiplyAdds of the weights for one token
 */
public record Measurement(
    Setting setting,
    ExecutorInfo executor,
    Probe probe,
    List<Round> rounds,
    double[] taxRatios,
    double stepBytes,
    double multiplyAdds) {
  private static final double NANOS_PER_MILLI = 1e6;

  public Measurement {
    rounds = List.copyOf(rounds);
    taxRatios = taxRatios.clone();
  }

  double tokensPerSecond() {
    return median(rounds.stream().mapToDouble(Round::tokensPerSecond).toArray());
  }

  double prefillTokensPerSecond() {
    return median(rounds.stream().mapToDouble(Round::prefillTokensPerSecond).toArray());
  }

  double ttftMillis(double quantile) {
    return quantile(all(Round::ttftNanos), quantile) / NANOS_PER_MILLI;
  }

  double itlMillis(double quantile) {
    return quantile(all(Round::itlNanos), quantile) / NANOS_PER_MILLI;
  }

  /** Of the bytes that plain loops read a second. */
  double readBandwidthFraction() {
    double steps = tokensPerSecond() / setting.streams();
    return steps * stepBytes / probe.readBytesPerSecond();
  }

  /** Of the multiply-adds that plain loops do a second, in prefill; empty on a device. */
  OptionalDouble multiplyAddFraction() {
    OptionalDouble plain = probe.multiplyAddsPerSecond();
    return plain.isEmpty()
        ? plain
        : OptionalDouble.of(prefillTokensPerSecond() * multiplyAdds / plain.getAsDouble());
  }

  /** How much longer a decode step takes with its adapters, the median; empty without adapters. */
  OptionalDouble adapterTax() {
    return adapterTax(0.5);
  }

  /** Likewise, the value that a fraction of all steps lies at or below. */
  OptionalDouble adapterTax(double quantile) {
    return taxRatios.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(quantile(taxRatios, quantile) - 1);
  }

  /** The median over pairs of rounds. */
  static double ratio(
      List<Round> numerators, List<Round> denominators, ToDoubleFunction<Round> value) {
    double[] ratios = new double[numerators.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = value.applyAsDouble(numerators.get(i)) / value.applyAsDouble(denominators.get(i));
    }
    return median(ratios);
  }

  private double[] all(Function<Round, double[]> values) {
    List<double[]> each = new ArrayList<>();
    rounds.forEach(round -> each.add(values.apply(round)));
    return each.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static double median(double[] values) {
    return quantile(values, 0.5);
  }

  /** The value that a fraction of all lies at or below. */
  static double quantile(double[] values, double quantile) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int index = (int) Math.ceil(quantile * sorted.length) - 1;
    return sorted[Math.clamp(index, 0, sorted.length - 1)];
  }
}
