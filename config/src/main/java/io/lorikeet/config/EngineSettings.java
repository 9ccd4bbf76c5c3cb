package io.lorikeet.config;

import java.util.List;

/**
 * Settings of an executor.
 *
 * @param threads worker threads, the engine thread included; 0: as many as there are cores
 * @param kernels kernel face: {@code auto}, {@code native}, {@code vector} or {@code scalar}
 * @param weights how the base's matrices are held: {@code stored}, {@code q8} or {@code q4}
 * @param rowsMax rows of one step
 * @param kvBytes byte budget of the KV cache; 0: half of free memory, at most 4 GiB
 * @param kvTokens tokens that the KV cache holds, instead of bytes; 0: as {@code kvBytes} says
 * @param seats sequences running at once
 * @param slots adapters resident at once
 */
public record EngineSettings(
    int threads,
    String kernels,
    String weights,
    int rowsMax,
    long kvBytes,
    long kvTokens,
    int seats,
    int slots) {
  public EngineSettings {
    Checks.atLeast("engine.threads", threads, 0);
    if (!List.of("auto", "native", "vector", "scalar").contains(kernels)) {
      throw new IllegalArgumentException(
          "`engine.kernels` must be auto, native, vector or scalar. Given: " + kernels);
    }
    if (!List.of("stored", "q8", "q4").contains(weights)) {
      throw new IllegalArgumentException(
          "`engine.weights` must be stored, q8 or q4. Given: " + weights);
    }
    Checks.atLeast("engine.rows-max", rowsMax, 1);
    Checks.atLeast("engine.kv-bytes", kvBytes, 0);
    Checks.atLeast("engine.kv-tokens", kvTokens, 0);
    if (kvBytes > 0 && kvTokens > 0) {
      throw new IllegalArgumentException(
          "`engine.kv-tokens` must be 0 where `engine.kv-bytes` is not. Given: %d and %d"
              .formatted(kvTokens, kvBytes));
    }
    Checks.atLeast("engine.seats", seats, 1);
    Checks.atLeast("engine.slots", slots, 1);
  }

  /** With a KV cache of bytes. */
  public EngineSettings(
      int threads,
      String kernels,
      String weights,
      int rowsMax,
      long kvBytes,
      int seats,
      int slots) {
    this(threads, kernels, weights, rowsMax, kvBytes, 0, seats, slots);
  }
}
