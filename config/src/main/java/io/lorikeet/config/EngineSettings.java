package io.lorikeet.config;

import java.util.List;

/**
 * Settings of an executor.
 *
 * @param threads worker threads, the engine thread included; 0: as many as there are cores
 * @param kernels kernel face: {@code auto}, {@code native}, {@code vector} or {@code scalar}
 * @param rowsMax rows of one step
 * @param kvBytes byte budget of the KV cache; 0: half of free memory, at most 4 GiB
 * @param seats sequences running at once
 * @param slots adapters resident at once
 */
public record EngineSettings(
    int threads, String kernels, int rowsMax, long kvBytes, int seats, int slots) {
  public EngineSettings {
    Checks.atLeast("engine.threads", threads, 0);
    if (!List.of("auto", "native", "vector", "scalar").contains(kernels)) {
      throw new IllegalArgumentException(
          "`engine.kernels` must be auto, native, vector or scalar. Given: " + kernels);
    }
    Checks.atLeast("engine.rows-max", rowsMax, 1);
    Checks.atLeast("engine.kv-bytes", kvBytes, 0);
    Checks.atLeast("engine.seats", seats, 1);
    Checks.atLeast("engine.slots", slots, 1);
  }
}
