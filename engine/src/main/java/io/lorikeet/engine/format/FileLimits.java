package io.lorikeet.engine.format;

/**
 * Bounds on what is read before anything is allocated for it.
 *
 * @param headerBytesMax bytes of a safetensors header
 * @param tensorsMax tensors of one file
 * @param configBytesMax bytes of a JSON file
 * @param configDepthMax nesting of a JSON file
 */
public record FileLimits(
    long headerBytesMax, int tensorsMax, long configBytesMax, int configDepthMax) {
  public static final FileLimits DEFAULT = new FileLimits(64L << 20, 100_000, 16L << 20, 64);
}
