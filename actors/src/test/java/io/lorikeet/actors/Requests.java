package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Variations of a request. */
final class Requests {
  private Requests() {}

  static Generation choices(Generation g, int choices) {
    return with(g, choices, g.sampling(), g.stop(), g.ignoreEos(), g.timeout());
  }

  static Generation ignoringEnds(Generation g) {
    return with(g, g.choices(), g.sampling(), g.stop(), true, g.timeout());
  }

  static Generation stopping(Generation g, String... stops) {
    return with(g, g.choices(), g.sampling(), List.of(stops), g.ignoreEos(), g.timeout());
  }

  static Generation within(Generation g, Duration timeout) {
    return with(g, g.choices(), g.sampling(), g.stop(), g.ignoreEos(), Optional.of(timeout));
  }

  static Generation seed(Generation g, long seed) {
    SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, seed, -1);
    return sampling(g, sampling);
  }

  static Generation sampling(Generation g, SamplingParams sampling) {
    return with(g, g.choices(), sampling, g.stop(), g.ignoreEos(), g.timeout());
  }

  private static Generation with(
      Generation g,
      int choices,
      SamplingParams sampling,
      List<String> stop,
      boolean ignoreEos,
      Optional<Duration> timeout) {
    return new Generation(
        g.requestId(),
        g.principal(),
        g.target(),
        g.prompt(),
        choices,
        g.maxNewTokens(),
        sampling,
        stop,
        g.stopInText(),
        ignoreEos,
        g.tokenTexts(),
        timeout);
  }
}
