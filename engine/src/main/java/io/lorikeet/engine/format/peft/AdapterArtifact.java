package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.GenerationId;
import java.lang.foreign.MemorySegment;

/**
 * The two files of an adapter as they were copied: nothing that happens to the folder later can
 * change it. Its memory lives as long as it is reachable.
 *
 * @param generation hash over both files
 * @param config bytes of adapter_config.json, read-only
 * @param weights bytes of adapter_model.safetensors, read-only
 */
public record AdapterArtifact(
    GenerationId generation, MemorySegment config, MemorySegment weights) {
  public AdapterArtifact {
    config = config.asReadOnly();
    weights = weights.asReadOnly();
  }

  /** Bytes of both files. */
  public long bytes() {
    return config.byteSize() + weights.byteSize();
  }
}
