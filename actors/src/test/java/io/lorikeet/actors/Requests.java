package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Variations of a request. */
final class Requests {
  private Requests() {}

  /** Several prompts, which are told with their log probabilities where {@code top} says so. */
  static Generation prompts(Generation g, int choices, OptionalInt top, Prompt... prompts) {
    return new Generation(
        g.requestId(),
        g.principal(),
        g.target(),
        List.of(prompts),
        choices,
        g.maxNewTokens(),
        g.sampling(),
        g.ending(),
        g.tokenTexts(),
        top,
        g.timeout());
  }

  static Generation choices(Generation g, int choices) {
    return with(g, choices, g.sampling(), g.ending(), g.timeout());
  }

  static Generation ignoringEnds(Generation g) {
    Ending e = g.ending();
    return ending(g, new Ending(e.stop(), e.stopInText(), e.stopTokenIds(), true, e.minTokens()));
  }

  static Generation stopping(Generation g, String... stops) {
    Ending e = g.ending();
    return ending(
        g,
        new Ending(List.of(stops), e.stopInText(), e.stopTokenIds(), e.ignoreEos(), e.minTokens()));
  }

  /** Ends at a token, and not before it has so many. */
  static Generation ending(Generation g, int stopToken, int minTokens) {
    return ending(g, new Ending(List.of(), false, List.of(stopToken), false, minTokens));
  }

  static Generation ending(Generation g, Ending ending) {
    return with(g, g.choices(), g.sampling(), ending, g.timeout());
  }

  static Generation within(Generation g, Duration timeout) {
    return with(g, g.choices(), g.sampling(), g.ending(), Optional.of(timeout));
  }

  static Generation seed(Generation g, long seed) {
    SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, seed, -1);
    return sampling(g, sampling);
  }

  static Generation sampling(Generation g, SamplingParams sampling) {
    return with(g, g.choices(), sampling, g.ending(), g.timeout());
  }

  private static Generation with(
      Generation g,
      int choices,
      SamplingParams sampling,
      Ending ending,
      Optional<Duration> timeout) {
    return new Generation(
        g.requestId(),
        g.principal(),
        g.target(),
        g.prompts(),
        choices,
        g.maxNewTokens(),
        sampling,
        ending,
        g.tokenTexts(),
        g.promptLogprobs(),
        timeout);
  }
}
