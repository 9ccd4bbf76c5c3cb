package io.lorikeet.actors;

import io.lorikeet.actors.metrics.AdapterPresence;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Residency;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What people and metrics are told of adapters. Part of {@link AdapterBook}. */
final class AdapterReports<H> {
  private final Desk<H> desk;
  private final NamedAdapters<H> named;

  AdapterReports(Desk<H> desk, NamedAdapters<H> named) {
    this.desk = desk;
    this.named = named;
  }

  Engine.AdapterStatus status(String name) {
    Optional<GenerationId> generation = desk.tier().current(name);
    Optional<Residency> residency = generation.flatMap(desk.tier()::residency);
    Optional<Failure> failure = named.failure(name);
    String state =
        desk.loads().loading(name)
            ? "loading"
            : failure.isPresent() ? "failed" : residency.map(r -> state(r)).orElse("registered");
    return new Engine.AdapterStatus(
        name,
        generation.map(GenerationId::hash).orElse(""),
        state,
        failure.map(f -> f.code().wire() + ": " + f.message()).orElse(""),
        residency.filter(r -> r.state() == Residency.State.HOST).map(Residency::bytes).orElse(0L),
        residency.map(Residency::leases).orElse(0));
  }

  private static String state(Residency residency) {
    return residency.pins() > 0
        ? "device"
        : residency.state() == Residency.State.HOST ? "host" : "registered";
  }

  /** Those that have an image or a request. */
  AdapterPresence presence() {
    List<AdapterPresence.Adapter> present = new ArrayList<>();
    for (String name : desk.tier().names()) {
      Residency residency = desk.tier().current(name).flatMap(desk.tier()::residency).orElseThrow();
      AdapterPresence.Tier place =
          residency.pins() > 0
              ? AdapterPresence.Tier.DEVICE
              : residency.state() == Residency.State.HOST
                  ? AdapterPresence.Tier.HOST
                  : AdapterPresence.Tier.NONE;
      if (place != AdapterPresence.Tier.NONE || residency.leases() > 0) {
        present.add(new AdapterPresence.Adapter(name, place, residency.leases()));
      }
    }
    return new AdapterPresence(present, desk.tier().state());
  }
}
