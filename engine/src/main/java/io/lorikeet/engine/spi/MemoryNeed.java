package io.lorikeet.engine.spi;

/**
 * What an executor takes of memory for a model, and what its KV cache costs.
 *
 * @param weightBytes must stay in memory to be fast
 * @param workspaceBytes activations of a step
 * @param kvBlockBytes bytes of one block of the KV cache
 * @param blockTokens positions of a block
 */
public record MemoryNeed(
    long weightBytes, long workspaceBytes, long kvBlockBytes, int blockTokens) {
  /** Bytes of the KV cache for so many positions, whole blocks aside. */
  public long kvBytes(long tokens) {
    return kvBlockBytes / blockTokens * tokens;
  }
}
