package io.lorikeet.engine.adapter;

/**
 * What the host tier knows about one generation.
 *
 * @param bytes of its image or of its load in flight; 0 when {@code KNOWN}
 * @param pins device slots that use its image
 */
public record Residency(GenerationId generation, State state, long bytes, int leases, int pins) {
  /** Where the image is. */
  public enum State {
    /** Not on the host; it can be loaded. */
    KNOWN,
    /** Being loaded. */
    LOADING,
    /** On the host. */
    HOST
  }
}
