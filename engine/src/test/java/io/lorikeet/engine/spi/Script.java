package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;

/**
 * The language of {@link ScriptedExecutor}: the next token is a pure function of all tokens before
 * it, the adapter generation and the sampling seed.
 */
public final class Script {
  /** State before the first token. */
  static final long START = 0x9E3779B97F4A7C15L;

  private Script() {}

  /** The token that follows the first {@code length} tokens. */
  public static int next(
      int[] tokens, int length, GenerationId generation, SamplingParams sampling, int vocab) {
    long state = START;
    for (int i = 0; i < length; i++) {
      state = fold(state, tokens[i]);
    }
    return draw(state, generation, sampling, length, vocab);
  }

  /** What a sequence generates, without regard to stop tokens. */
  public static int[] continuation(
      int[] prompt, int count, GenerationId generation, SamplingParams sampling, int vocab) {
    int[] tokens = java.util.Arrays.copyOf(prompt, prompt.length + count);
    long state = START;
    for (int i = 0; i < prompt.length; i++) {
      state = fold(state, prompt[i]);
    }
    for (int i = prompt.length; i < tokens.length; i++) {
      tokens[i] = draw(state, generation, sampling, i, vocab);
      state = fold(state, tokens[i]);
    }
    return java.util.Arrays.copyOfRange(tokens, prompt.length, tokens.length);
  }

  static long fold(long state, int token) {
    return mix(state * 31 + token + 1);
  }

  static int draw(
      long state, GenerationId generation, SamplingParams sampling, int position, int vocab) {
    long mixed = mix(state ^ mix(generation.hash().hashCode() ^ mix(sampling.seed() + position)));
    return (int) Long.remainderUnsigned(mixed, vocab);
  }

  private static long mix(long x) {
    long y = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
