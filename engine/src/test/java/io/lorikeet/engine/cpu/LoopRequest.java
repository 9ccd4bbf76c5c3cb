package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.engine.schedule.SequenceRequest;

/**
 * A sequence for {@link LoopDriver}; it asks for its logits.
 *
 * @param principal who pays for it
 */
public record LoopRequest(
    String principal,
    Composition composition,
    int[] prompt,
    int newTokens,
    SamplingParams sampling,
    int promptLogprobs,
    Pooling pooling) {
  static LoopRequest greedy(Composition composition, int[] prompt, int newTokens) {
    return new LoopRequest(
        "p", composition, prompt, newTokens, SamplingParams.GREEDY, 2, Pooling.NONE);
  }

  /** As the loop takes it, with an allowance of so many tokens. */
  SequenceRequest sequence(long id, int credit) {
    return new SequenceRequest(
        id,
        principal,
        composition,
        prompt.clone(),
        newTokens,
        sampling,
        new int[0],
        credit,
        SequenceRequest.NO_DEADLINE,
        promptLogprobs,
        pooling,
        true);
  }
}
