package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.SlotLayout;
import io.lorikeet.gpu.forward.ForwardPass;
import io.lorikeet.kernels.KvHead;

/**
 * What an executor takes of the GPU's memory, computed before it takes any.
 *
 * @param weightBytes of the base
 * @param workspaceBytes activations of a step, and what a step brings along
 * @param kvBlocks blocks of the KV cache
 * @param kvBlockBytes bytes of one
 * @param adapterBytes for the images of adapters
 */
record DevicePlan(
    long weightBytes, long workspaceBytes, int kvBlocks, long kvBlockBytes, long adapterBytes) {
  // What the driver takes beside allocations, and their rounding.
  private static final int RESERVE_DIVISOR = 64;

  // The driver gives no empty piece of memory.
  private static final long ADAPTER_BYTES_MIN = 256;

  /**
   * Plans for a model.
   *
   * @param freeBytes what the GPU can give
   * @throws LorikeetException MODEL_MEMORY_EXCEEDED, with the setting to change
   */
  static DevicePlan of(LoadedModel model, EngineSettings settings, long freeBytes) {
    DecoderSpec spec = model.spec();
    long weights = weightBytes(model, settings);
    long workspace = workspaceBytes(spec, settings);
    long left = freeBytes - freeBytes / RESERVE_DIVISOR - weights - workspace;
    if (left <= 0) {
      throw exceeded(
          "weights of %d and a workspace of %d bytes must fit into the GPU's free memory: choose a smaller model or lower `engine.rows-max`. Given: %d bytes free"
              .formatted(weights, workspace, freeBytes));
    }
    long block = ForwardPass.kvBlockBytes(spec);
    long wanted = settings.kvBytes() + Math.ceilDiv(settings.kvTokens(), KvHead.TOKENS) * block;
    long budget = wanted > 0 ? wanted : Math.min(left / 2, usefulBlocks(spec, settings) * block);
    String setting =
        settings.kvTokens() > 0 ? "the bytes of `engine.kv-tokens`" : "`engine.kv-bytes`";
    if (budget > left) {
      throw exceeded(
          "%s must be <= %d, what weights (%d bytes) and workspace (%d bytes) leave of the GPU's free memory (%d bytes): lower it. Given: %d"
              .formatted(setting, left, weights, workspace, freeBytes, budget));
    }
    if (budget < block) {
      throw exceeded(
          "%s must be >= %d, one block of %d tokens: raise it, or free memory of the GPU. Given: %d"
              .formatted(setting, block, KvHead.TOKENS, budget));
    }
    int blocks = (int) Math.min(budget / block, Integer.MAX_VALUE);
    long adapters = Math.max(ADAPTER_BYTES_MIN, left - blocks * block);
    return new DevicePlan(weights, workspace, blocks, block, adapters);
  }

  /** Bytes of activations, of what a step brings along, and of the table of slots. */
  static long workspaceBytes(DecoderSpec spec, EngineSettings settings) {
    return ForwardPass.workspaceBytes(
            spec, settings.rowsMax(), tablesMax(spec, settings), Support.joinsMax(spec, settings))
        + AdapterMemory.workspaceBytes(new SlotLayout(spec), settings.slots())
        + DeviceSampler.bytes(settings.rowsMax(), spec.vocab())
        + (long) settings.seats() * Integer.BYTES;
  }

  /** Bytes of a model's weights, packed as the settings say, whole allocations aside. */
  static long weightBytes(LoadedModel model, EngineSettings settings) {
    return WeightPlan.of(model.weights(), model.spec(), settings).bytes(model.weights());
  }

  /** Positions that one sequence can have: the model's, and no more than the cache holds. */
  int contextMax(DecoderSpec spec) {
    return (int) Math.min(spec.positionsMax(), (long) kvBlocks * KvHead.TOKENS);
  }

  /** Entries of all block tables of one step. */
  static int tablesMax(DecoderSpec spec, EngineSettings settings) {
    long sequences = Math.min(settings.rowsMax(), settings.seats());
    return Math.toIntExact(sequences * Math.ceilDiv(spec.positionsMax(), KvHead.TOKENS));
  }

  // More blocks than all seats at full length need would never be used.
  private static long usefulBlocks(DecoderSpec spec, EngineSettings settings) {
    return (long) settings.seats() * Math.ceilDiv(spec.positionsMax(), KvHead.TOKENS);
  }

  private static LorikeetException exceeded(String message) {
    return new LorikeetException(ErrorCode.MODEL_MEMORY_EXCEEDED, message);
  }
}
