package io.lorikeet.engine.adapter;

import java.util.Optional;

/** Outcome of {@link HostTier#swap}. */
public sealed interface Swap {
  /**
   * The name now stands for the new generation.
   *
   * @param previous what it stood for before
   */
  record Done(Optional<GenerationId> previous) implements Swap {}

  /**
   * The name does not stand for the expected generation; nothing changed.
   *
   * @param current what it stands for
   */
  record Mismatch(Optional<GenerationId> current) implements Swap {}

  /** There are as many names as allowed; nothing changed. */
  record TooMany(int limit) implements Swap {}
}
