package io.lorikeet.engine.sample;

/**
 * Tokens that can't be drawn before an answer is so long: its end tokens.
 *
 * @param ids not written after construction
 * @param tokens answers that have fewer do not get these ids
 */
public record Withheld(int[] ids, int tokens) {
  public static final Withheld NONE = new Withheld(new int[0], 0);
}
