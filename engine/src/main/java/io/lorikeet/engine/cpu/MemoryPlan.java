package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.KvHead;

/**
 * What an executor takes of the machine's memory, computed before it takes any.
 *
 * @param weightBytes of the mapped files, which must stay in memory to be fast, of copies, and of
 *     what was quantised
 * @param workspaceBytes activations of a step
 * @param kvBlocks blocks of the KV cache
 * @param kvBlockBytes bytes of one
 * @param adapterBytes for what slots hold of adapters beside their images, at least 1
 */
record MemoryPlan(
    long weightBytes, long workspaceBytes, int kvBlocks, long kvBlockBytes, long adapterBytes) {
  private static final long KV_BYTES_MAX = 4L << 30;

  /**
   * Plans for a model.
   *
   * @param freeBytes what the machine can give
   * @throws LorikeetException MODEL_MEMORY_EXCEEDED, with the setting to change
   */
  static MemoryPlan of(LoadedModel model, EngineSettings settings, long freeBytes) {
    DecoderSpec spec = model.spec();
    long weights = WeightPlan.of(model.weights(), spec, settings).bytes(model.weights());
    long workspace = Workspace.bytes(spec, settings.rowsMax());
    // Copies are there already: they are no longer free.
    long left = freeBytes - (weights - model.weights().copiedBytes()) - workspace;
    if (left <= 0) {
      throw exceeded(
          "weights of %d and a workspace of %d bytes must fit into the free memory: choose a smaller model or lower `engine.rows-max`. Given: %d bytes free"
              .formatted(weights, workspace, freeBytes));
    }
    long block = KvCache.blockBytes(spec);
    long budget =
        settings.kvBytes() > 0 || settings.kvTokens() > 0
            ? settings.kvBytes() + Math.ceilDiv(settings.kvTokens(), KvHead.TOKENS) * block
            : Math.min(left / 2, Math.min(KV_BYTES_MAX, usefulBlocks(spec, settings) * block));
    String setting =
        settings.kvTokens() > 0 ? "the bytes of `engine.kv-tokens`" : "`engine.kv-bytes`";
    if (budget > left) {
      throw exceeded(
          "%s must be <= %d, what weights (%d bytes) and workspace (%d bytes) leave of the free memory (%d bytes): lower it. Given: %d"
              .formatted(setting, left, weights, workspace, freeBytes, budget));
    }
    if (budget < block) {
      throw exceeded(
          "%s must be >= %d, one block of %d tokens: raise it, or free memory. Given: %d"
              .formatted(setting, block, KvHead.TOKENS, budget));
    }
    int blocks = (int) Math.min(budget / block, Integer.MAX_VALUE);
    // The other half is for their images and whatever else the process needs.
    long adapters = Math.max(1, (left - blocks * block) / 2);
    return new MemoryPlan(weights, workspace, blocks, block, adapters);
  }

  /** Positions that one sequence can have: the model's, and no more than the cache holds. */
  int contextMax(DecoderSpec spec) {
    return (int) Math.min(spec.positionsMax(), (long) kvBlocks * KvHead.TOKENS);
  }

  // More blocks than all seats at full length need would never be used.
  private static long usefulBlocks(DecoderSpec spec, EngineSettings settings) {
    return (long) settings.seats() * Math.ceilDiv(spec.positionsMax(), KvHead.TOKENS);
  }

  private static LorikeetException exceeded(String message) {
    return new LorikeetException(ErrorCode.MODEL_MEMORY_EXCEEDED, message);
  }
}
