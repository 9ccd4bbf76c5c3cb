package io.lorikeet.engine.sample;

/**
 * Tokens that are never drawn, however likely they are.
 *
 * @param banned [phrases] of at least one token: the last one is not drawn where those before it
 *     are the newest of the new tokens; not written after construction
 * @param allowed ascending ids; no others are drawn. Empty: all may be; not written after
 *     construction
 */
public record TokenRules(int[][] banned, int[] allowed) {
  public static final TokenRules NONE = new TokenRules(new int[0][], new int[0]);

  public TokenRules {
    for (int[] phrase : banned) {
      if (phrase.length == 0) {
        throw new IllegalArgumentException("a banned phrase must have at least one token");
      }
    }
  }

  boolean isNone() {
    return banned.length == 0 && allowed.length == 0;
  }

  /** Tokens that must be remembered to know what is banned. */
  int memory() {
    int most = 0;
    for (int[] phrase : banned) {
      most = Math.max(most, phrase.length - 1);
    }
    return most;
  }
}
