package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;

/** Seeds of the choices of a request. */
final class Seeds {
  private Seeds() {}

  /** Choice i draws with seed + i, modulo 2^64. */
  static SamplingParams ofChoice(SamplingParams params, int choice) {
    return params.withSeed(params.seed() + choice);
  }
}
