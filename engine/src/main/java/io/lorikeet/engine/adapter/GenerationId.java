package io.lorikeet.engine.adapter;

/**
 * Identity of an immutable adapter generation: the SHA-256 over configuration and tensor bytes as
 * copied, in hex. The base model is {@link #BASE}.
 */
public record GenerationId(String hash) {
  /** The base model: no slot taken, no adapter code run. */
  public static final GenerationId BASE = new GenerationId("");

  public boolean isBase() {
    return hash.isEmpty();
  }
}
