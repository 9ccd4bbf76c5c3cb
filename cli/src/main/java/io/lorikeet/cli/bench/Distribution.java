package io.lorikeet.cli.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** Which adapter a stream asks for, as SGLang's benchmark names it. */
public enum Distribution {
  /** Each stream another one, in turns. */
  DISTINCT,
  /** Any one with the same chance. */
  UNIFORM,
  /** By Zipf's law with exponent 1: the first one most often. */
  SKEWED,
  /** All the same one. */
  IDENTICAL,
  /** None: adapters are loaded, and all streams ask for the base. */
  NONE;

  /**
   * By its name in lower case.
   *
   * @throws IllegalArgumentException for any other
   */
  public static Distribution of(String name) {
    return Arrays.stream(values())
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "`--distribution` must be distinct, uniform, skewed, identical or none. Given: "
                    + name));
  }

  /** The adapter, below {@code adapters}, of a stream that asks for one. */
  int choose(int stream, int adapters, SplittableRandom random) {
    return switch (this) {
      case DISTINCT -> stream % adapters;
      case UNIFORM -> random.nextInt(adapters);
      case SKEWED -> zipf(adapters, random);
      case IDENTICAL -> 0;
      case NONE -> throw new IllegalStateException("no stream asks for an adapter");
    };
  }

  private static int zipf(int adapters, SplittableRandom random) {
    double total = 0;
    for (int i = 1; i <= adapters; i++) {
      total += 1.0 / i;
    }
    double left = random.nextDouble() * total;
    for (int i = 1; i < adapters; i++) {
      left -= 1.0 / i;
      if (left < 0) {
        return i - 1;
      }
    }
    return adapters - 1;
  }
}
