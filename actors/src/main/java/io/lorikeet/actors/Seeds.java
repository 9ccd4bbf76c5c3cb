package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;

/** Seeds of the choices of a request. */
final class Seeds {
  private Seeds() {}

  /** Choice i draws with seed + i, modulo 2^64. */
  static SamplingParams ofChoice(SamplingParams params, int choice) {
    return new SamplingParams(
        params.temperature(),
        params.topK(),
        params.topP(),
        params.minP(),
        params.seed() + choice,
        params.topLogprobs());
  }
}
