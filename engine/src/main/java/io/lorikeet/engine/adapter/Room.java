package io.lorikeet.engine.adapter;

import java.util.List;

/** Outcome of {@link HostTier#reserve} and {@link HostTier#fill}. */
public sealed interface Room {
  /**
   * There is room.
   *
   * @param evicted generations whose images were dropped for it, in that order
   */
  record Granted(List<GenerationId> evicted) implements Room {
    public Granted {
      evicted = List.copyOf(evicted);
    }
  }

  /** The image is on the host already. */
  record Present() implements Room {}

  /** Somebody else loads it: wait for that load. */
  record Loading() implements Room {}

  /**
   * Pinned images and loads in flight leave too little; nothing changed.
   *
   * @param needed bytes asked for
   * @param available bytes that could be had now, by evicting all that may go
   */
  record Full(long needed, long available) implements Room {}
}
