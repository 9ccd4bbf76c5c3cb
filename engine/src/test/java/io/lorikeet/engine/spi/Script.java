package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The language of {@link ScriptedExecutor}: the next token is a pure function of all tokens before
 * it, of the adapters and weights that each of them was computed with, and of the sampling seed.
 */
public final class Script {
  /** State before the first token. */
  static final long START = 0x9E3779B97F4A7C15L;

  /** Adapters of a row that joins no segment. */
  static final long BASE = 0;

  private Script() {}

  /** The token that follows the first {@code length} tokens. */
  public static int next(
      int[] tokens, int length, Composition composition, SamplingParams sampling, int vocab) {
    int[] prompt = Arrays.copyOf(tokens, length);
    return continuation(prompt, 1, composition, 0, sampling, vocab)[0];
  }

  /** What a sequence generates with one adapter, without regard to stop tokens. */
  public static int[] continuation(
      int[] prompt, int count, GenerationId generation, SamplingParams sampling, int vocab) {
    return continuation(prompt, count, Composition.of(generation), 0, sampling, vocab);
  }

  /**
   * What a sequence generates, without regard to stop tokens.
   *
   * @param from tokens before this position are computed by the base model
   */
  public static int[] continuation(
      int[] prompt,
      int count,
      Composition composition,
      int from,
      SamplingParams sampling,
      int vocab) {
    long adapters = adapters(composition);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + count);
    long state = START;
    for (int i = 0; i < tokens.length; i++) {
      if (i >= prompt.length) {
        tokens[i] = draw(state, sampling, i, vocab);
      }
      state = fold(state, tokens[i], i < from ? BASE : adapters);
    }
    return Arrays.copyOfRange(tokens, prompt.length, tokens.length);
  }

  /** Adapters of a row that joins one more segment. */
  static long join(long adapters, GenerationId generation, float weight) {
    return mix(adapters * 31 + mix(generation.hash().hashCode()) + Float.floatToIntBits(weight));
  }

  static long fold(long state, int token, long adapters) {
    return mix(mix(state * 31 + token + 1) ^ adapters);
  }

  static int draw(long state, SamplingParams sampling, int position, int vocab) {
    return (int) Long.remainderUnsigned(mix(state ^ mix(sampling.seed() + position)), vocab);
  }

  /** Log probability of a token after a state: between -8 and 0. */
  static float logprob(long state, int token) {
    return -(mix(state ^ mix(token)) >>> 40) / (float) (1 << 21);
  }

  /** Log probabilities of a prompt's tokens from the second on. */
  public static List<Float> scores(int[] prompt, Composition composition, int from) {
    long adapters = adapters(composition);
    List<Float> scores = new ArrayList<>();
    long state = START;
    for (int i = 0; i + 1 < prompt.length; i++) {
      state = fold(state, prompt[i], i < from ? BASE : adapters);
      scores.add(logprob(state, prompt[i + 1]));
    }
    return scores;
  }

  /** Hidden state after a state: values between -1 and 1. */
  static float[] hidden(long state, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (mix(state + i) >> 40) / (float) (1 << 23);
    }
    return values;
  }

  /** Hidden states of a prompt's tokens. */
  public static List<float[]> hiddens(int[] prompt, Composition composition, int from, int size) {
    long adapters = adapters(composition);
    List<float[]> hiddens = new ArrayList<>();
    long state = START;
    for (int i = 0; i < prompt.length; i++) {
      state = fold(state, prompt[i], i < from ? BASE : adapters);
      hiddens.add(hidden(state, size));
    }
    return hiddens;
  }

  private static long adapters(Composition composition) {
    long adapters = BASE;
    for (Composition.Part part : composition.parts()) {
      adapters = join(adapters, part.adapter(), part.weight());
    }
    return adapters;
  }

  private static long mix(long x) {
    long y = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
