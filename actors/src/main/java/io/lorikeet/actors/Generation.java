package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request for text, of any API. The shape was checked by {@code http}; limits, names and the
 * prompt's length are checked by the request actor.
 *
 * @param requestId for logs and headers
 * @param principal who asks: rights and shares are theirs
 * @param prompts what is answered, each on its own; at least one
 * @param choices answers to each prompt, numbered on from one prompt to the next; the i-th of a
 *     prompt draws with seed + i
 * @param maxNewTokens empty: what the context leaves; 0: prompts are only computed
 * @param tokenTexts whether each token's own text and log probabilities are wanted
 * @param promptLogprobs empty: nothing of the prompts is told; -1: their texts and tokens; n: also
 *     the log probability of each token but the first, and those of the n most likely
 * @param timeout empty: none
 * @param badWords texts that do not come up: their tokens join what {@code sampling} bans
 */
public record Generation(
    String requestId,
    String principal,
    Target target,
    List<Prompt> prompts,
    int choices,
    OptionalInt maxNewTokens,
    SamplingParams sampling,
    Ending ending,
    boolean tokenTexts,
    OptionalInt promptLogprobs,
    Optional<Duration> timeout,
    List<String> badWords) {
  public Generation {
    prompts = List.copyOf(prompts);
    badWords = List.copyOf(badWords);
  }

  /** Of a request that bans no words. */
  public Generation(
      String requestId,
      String principal,
      Target target,
      List<Prompt> prompts,
      int choices,
      OptionalInt maxNewTokens,
      SamplingParams sampling,
      Ending ending,
      boolean tokenTexts,
      OptionalInt promptLogprobs,
      Optional<Duration> timeout) {
    this(
        requestId,
        principal,
        target,
        prompts,
        choices,
        maxNewTokens,
        sampling,
        ending,
        tokenTexts,
        promptLogprobs,
        timeout,
        List.of());
  }

  /** The same with other parameters. */
  Generation withSampling(SamplingParams other) {
    return new Generation(
        requestId,
        principal,
        target,
        prompts,
        choices,
        maxNewTokens,
        other,
        ending,
        tokenTexts,
        promptLogprobs,
        timeout,
        badWords);
  }

  /** The same with another ending. */
  public Generation withEnding(Ending other) {
    return new Generation(
        requestId,
        principal,
        target,
        prompts,
        choices,
        maxNewTokens,
        sampling,
        other,
        tokenTexts,
        promptLogprobs,
        timeout,
        badWords);
  }

  /** Sequences that answer it. */
  public int sequences() {
    return prompts.size() * choices;
  }
}
