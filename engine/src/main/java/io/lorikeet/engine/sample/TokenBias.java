package io.lorikeet.engine.sample;

/**
 * What is added to the logits of single tokens.
 *
 * @param ids [entries] each once; not written after construction
 * @param values [entries]; not written after construction
 */
public record TokenBias(int[] ids, float[] values) {
  public static final TokenBias NONE = new TokenBias(new int[0], new float[0]);

  public TokenBias {
    if (ids.length != values.length) {
      throw new IllegalArgumentException(
          "as many ids as values. Given: " + ids.length + " and " + values.length);
    }
  }
}
