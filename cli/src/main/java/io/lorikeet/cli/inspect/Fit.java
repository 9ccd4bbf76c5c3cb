package io.lorikeet.cli.inspect;

import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.spi.MemoryNeed;

/**
 * What fits into a given memory beside the weights, as a server would plan it: first the KV cache,
 * then adapters in what is left, within their own budget.
 *
 * @param memoryBytes what there is
 * @param kvTokens positions of all sequences together
 * @param kvBytes that they take
 * @param adapterRank rank of the adapters that are counted
 * @param adapterBytes bytes of one in host memory
 * @param adapterBudgetBytes what adapters may take
 * @param adapters that may be in memory at once
 */
record Fit(
    long memoryBytes,
    long kvTokens,
    long kvBytes,
    int adapterRank,
    long adapterBytes,
    long adapterBudgetBytes,
    long adapters) {

  /** An adapter of which there are to be many. */
  record TypicalAdapter(int rank, long bytes) {}

  static Fit of(
      long memoryBytes,
      MemoryNeed need,
      int kvBlocks,
      TypicalAdapter adapter,
      AdapterSettings settings) {
    long kvBytes = kvBlocks * need.kvBlockBytes();
    long left = memoryBytes - need.weightBytes() - need.workspaceBytes() - kvBytes;
    long budget = Math.min(left, settings.hostBytes());
    return new Fit(
        memoryBytes,
        (long) kvBlocks * need.blockTokens(),
        kvBytes,
        adapter.rank(),
        adapter.bytes(),
        budget,
        Math.min(budget / adapter.bytes(), settings.registeredMax()));
  }
}
