package io.lorikeet.config;

import java.util.List;
import java.util.Map;

/**
 * Settings of an executor.
 *
 * @param threads worker threads, the engine thread included; 0: as many as there are cores
 * @param kernels kernel face: {@code auto}, {@code native}, {@code vector} or {@code scalar}
 * @param weights how the base's matrices are held: {@code stored}, {@code q8} or {@code q4}
 * @param numerics how activations meet the base's matrices
 * @param weightsOf how matrices of some names are held, instead of {@code weights}: {@code stored},
 *     {@code q8} or {@code q4}
 * @param weightsCache where packed weights are kept
 * @param weightsMemory where weights of files lie
 * @param rowsMax rows of one step
 * @param kvBytes byte budget of the KV cache; 0: half of free memory, at most 4 GiB
 * @param kvTokens tokens that the KV cache holds, instead of bytes; 0: as {@code kvBytes} says
 * @param seats sequences running at once
 * @param slots adapters resident at once
 * @param graphs whether a GPU gets steps as CUDA graphs, where there is one for them
 */
public record EngineSettings(
    int threads,
    String kernels,
    String weights,
    Numerics numerics,
    Map<String, String> weightsOf,
    WeightCacheSettings weightsCache,
    WeightMemory weightsMemory,
    int rowsMax,
    long kvBytes,
    long kvTokens,
    int seats,
    int slots,
    boolean graphs) {
  public EngineSettings {
    Checks.atLeast("engine.threads", threads, 0);
    if (!List.of("auto", "native", "vector", "scalar").contains(kernels)) {
      throw new IllegalArgumentException(
          "`engine.kernels` must be auto, native, vector or scalar. Given: " + kernels);
    }
    checkWeights("engine.weights", weights);
    weightsOf = Map.copyOf(weightsOf);
    weightsOf.forEach((name, value) -> checkWeights("engine.weights-of." + name, value));
    if (weightsOf.getOrDefault("head", "q8").equals("q4")) {
      throw new IllegalArgumentException(
          "`engine.weights-of.head` must be stored or q8: logits show every rounding of the head."
              + " Given: q4");
    }
    boolean packs =
        !weights.equals("stored")
            || weightsOf.values().stream().anyMatch(value -> !value.equals("stored"));
    if (numerics == Numerics.INT8 && !packs) {
      throw new IllegalArgumentException(
          "`engine.numerics` int8 needs `engine.weights` q8 or q4. Given: " + weights);
    }
    if (numerics == Numerics.BF16 && packs) {
      throw new IllegalArgumentException(
          "`engine.numerics` bf16 needs weights that are stored so. Given: " + weights);
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

  /** With the usual numerics for all matrices, packed anew at each start. */
  public EngineSettings(
      int threads,
      String kernels,
      String weights,
      int rowsMax,
      long kvBytes,
      long kvTokens,
      int seats,
      int slots) {
    this(
        threads,
        kernels,
        weights,
        Numerics.AUTO,
        Map.of(),
        WeightCacheSettings.OFF,
        WeightMemory.AUTO,
        rowsMax,
        kvBytes,
        kvTokens,
        seats,
        slots,
        true);
  }

  private static void checkWeights(String key, String value) {
    if (!List.of("stored", "q8", "q4").contains(value)) {
      throw new IllegalArgumentException(
          "`%s` must be stored, q8 or q4. Given: %s".formatted(key, value));
    }
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
