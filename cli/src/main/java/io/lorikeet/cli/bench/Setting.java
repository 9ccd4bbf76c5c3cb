package io.lorikeet.cli.bench;

import java.util.List;
import java.util.Locale;

/**
 * What is measured.
 *
 * @param dtype {@code f32}, {@code f16}, {@code bf16}, or {@code q8} and {@code q4}, which are made
 *     of BF16
 * @param kernels as {@code engine.kernels}
 * @param numerics as {@code engine.numerics}
 * @param adapters made-up adapters that are loaded; 0: the base only
 * @param registered names of adapters; as many as adapters where less is given
 * @param ranks of the adapters, in turns
 * @param prompt tokens of a prompt
 * @param fresh tokens that each stream draws
 * @param threads of the executor; 0: as many as there are cores
 */
public record Setting(
    Shape shape,
    String dtype,
    String kernels,
    String numerics,
    int streams,
    int adapters,
    int registered,
    List<Integer> ranks,
    Distribution distribution,
    int prompt,
    int fresh,
    int threads) {
  private static final List<String> DTYPES = List.of("f32", "f16", "bf16", "q8", "q4");

  public Setting {
    ranks = List.copyOf(ranks);
    within("--streams", streams, 1, 1_024);
    within("--adapters", adapters, 0, 10_000);
    within("--registered", registered, 0, 100_000);
    registered = adapters == 0 ? 0 : Math.max(registered, adapters);
    within("--prompt", prompt, 1, shape.context() - 2);
    within("--new", fresh, 2, shape.context() - prompt);
    within("--threads", threads, 0, 4_096);
    if (!DTYPES.contains(dtype)) {
      throw new IllegalArgumentException(
          "`--dtype` must be one of " + DTYPES + ". Given: " + dtype);
    }
    if (ranks.isEmpty()) {
      throw new IllegalArgumentException("`--ranks` must hold at least 1 rank");
    }
    ranks.forEach(rank -> within("--ranks", rank, 1, 1_024));
  }

  private static void within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "`%s` must be >= %d and <= %d. Given: %d".formatted(option, least, most, value));
    }
  }

  /** The same with other values, such as {@code dtype=q8,threads=1}. */
  public Setting with(String changes) {
    Setting changed = this;
    for (String change : changes.split(",", -1)) {
      String[] pair = change.split("=", 2);
      if (pair.length < 2) {
        throw new IllegalArgumentException(
            "`--compare` must be OPTION=VALUE, several with commas. Given: " + changes);
      }
      changed = changed.with(pair[0], pair[1]);
    }
    return changed;
  }

  /** The same with all adapters of one rank. */
  Setting ofRank(int rank) {
    return new Setting(
        shape,
        dtype,
        kernels,
        numerics,
        streams,
        adapters,
        registered,
        List.of(rank),
        distribution,
        prompt,
        fresh,
        threads);
  }

  private Setting with(String option, String value) {
    return switch (option) {
      case "dtype" -> with(value, kernels, numerics, streams, adapters, distribution, threads);
      case "kernels" -> with(dtype, value, numerics, streams, adapters, distribution, threads);
      case "numerics" -> with(dtype, kernels, value, streams, adapters, distribution, threads);
      case "streams" ->
          with(dtype, kernels, numerics, number(value), adapters, distribution, threads);
      case "adapters" ->
          with(dtype, kernels, numerics, streams, number(value), distribution, threads);
      case "distribution" ->
          with(dtype, kernels, numerics, streams, adapters, Distribution.of(value), threads);
      case "threads" ->
          with(dtype, kernels, numerics, streams, adapters, distribution, number(value));
      default ->
          throw new IllegalArgumentException(
              "`--compare` changes dtype, kernels, numerics, streams, adapters, distribution or"
                  + " threads. Given: "
                  + option);
    };
  }

  private Setting with(
      String otherDtype,
      String otherKernels,
      String otherNumerics,
      int otherStreams,
      int otherAdapters,
      Distribution otherDistribution,
      int otherThreads) {
    return new Setting(
        shape,
        otherDtype,
        otherKernels,
        otherNumerics,
        otherStreams,
        otherAdapters,
        registered,
        ranks,
        otherDistribution,
        prompt,
        fresh,
        otherThreads);
  }

  private static int number(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("`--compare` needs a whole number. Given: " + value, e);
    }
  }

  /** Whether streams ask for adapters. */
  boolean asksForAdapters() {
    return adapters > 0 && distribution != Distribution.NONE;
  }

  /** {@code engine.weights}. */
  String weights() {
    return dtype.startsWith("q") ? dtype : "stored";
  }

  /** How the made-up weights are stored. */
  String stored() {
    return weights().equals("stored") ? dtype : "bf16";
  }

  /** Bytes of a weight that is stored so. */
  int storedBytes() {
    return stored().equals("f32") ? Float.BYTES : Short.BYTES;
  }

  /** The settings in words. */
  String text() {
    return "%s %s, kernels %s, %d streams, %s, prompt %d, new %d, threads %s"
        .formatted(
            shape.name(),
            dtype,
            kernels,
            streams,
            adapters == 0
                ? "base"
                : "%d of %d adapters of rank %s, %s"
                    .formatted(
                        adapters, registered, ranks, distribution.name().toLowerCase(Locale.ROOT)),
            prompt,
            fresh,
            threads == 0 ? "all" : threads);
  }
}
