package io.lorikeet.actors.metrics;

import io.lorikeet.engine.adapter.HostTierState;
import java.util.List;

/**
 * Which adapters are where, as of one moment.
 *
 * @param adapters those with an image or a request, sorted by name
 * @param host counts of the host tier
 */
public record AdapterPresence(List<Adapter> adapters, HostTierState host) {
  public static final AdapterPresence NONE =
      new AdapterPresence(List.of(), new HostTierState(0, 0, 0, 0, 0, 0, 0, 0));

  public AdapterPresence {
    adapters = List.copyOf(adapters);
  }

  /**
   * One adapter.
   *
   * @param requests that hold a lease on it
   */
  public record Adapter(String name, Tier tier, int requests) {}

  /** The nearest place of an image. */
  public enum Tier {
    NONE,
    HOST,
    DEVICE
  }
}
