package io.lorikeet.config;

/**
 * Settings of an executor.
 *
 * @param threads worker threads, the engine thread included; 0: as many as there are cores
 * @param kernels kernel face: {@code auto}, {@code vector} or {@code scalar}
 * @param rowsMax rows of one step
 * @param kvBytes byte budget of the KV cache; 0: half of free memory, at most 4 GiB
 * @param seats sequences running at once
 * @param slots adapters resident at once
 */
public record EngineSettings(
    int threads, String kernels, int rowsMax, long kvBytes, int seats, int slots) {}
