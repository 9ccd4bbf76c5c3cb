package io.lorikeet.engine.adapter;

/**
 * Identity of an immutable adapter generation: the SHA-256 over configuration and tensor bytes as
 * copied, in hex. The base model is {@link #BASE}. Ordered by the hash.
 */
public record GenerationId(String hash) implements Comparable<GenerationId> {
  /** The base model: no slot taken, no adapter code run. */
  public static final GenerationId BASE = new GenerationId("");

  public boolean isBase() {
    return hash.isEmpty();
  }

  @Override
  public int compareTo(GenerationId other) {
    return hash.compareTo(other.hash);
  }
}
