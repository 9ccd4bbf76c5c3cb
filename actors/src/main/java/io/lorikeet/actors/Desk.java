package io.lorikeet.actors;

import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.HostTier;
import io.lorikeet.engine.error.ErrorCode;

/** What all parts of an {@link AdapterBook} work on. */
record Desk<H>(
    AdapterSettings settings,
    AdapterWork<H> work,
    HostTier tier,
    LeaseBook<H> leases,
    AdapterLoads<H> loads,
    Origins origins) {

  static <H> Desk<H> empty(AdapterSettings settings, AdapterWork<H> work) {
    HostTier tier = new HostTier(settings.hostBytes(), settings.registeredMax());
    return new Desk<>(
        settings, work, tier, new LeaseBook<>(tier), new AdapterLoads<>(settings), new Origins());
  }

  /** Nothing can ask for what the tier forgot. */
  void dropForgotten() {
    tier.takeForgotten().forEach(origins::forget);
  }

  Failure tooSlow() {
    return new Failure(
        ErrorCode.ADAPTER_LOAD_TIMEOUT,
        "the adapter must be loaded within %d s".formatted(settings.loadTimeout().toSeconds()),
        false);
  }
}
