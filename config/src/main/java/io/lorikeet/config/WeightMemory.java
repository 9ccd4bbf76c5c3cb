package io.lorikeet.config;

import java.util.Locale;

/** Where weights of files lie while they are multiplied with. */
public enum WeightMemory {
  /** {@link #COPIED} where that leaves a quarter of free memory, {@link #MAPPED} otherwise. */
  AUTO,
  /** In memory of the process, on larger pages, from which they are read faster. */
  COPIED,
  /** In mapped files, which processes share and the system may give up. */
  MAPPED;

  static WeightMemory of(String name) {
    for (WeightMemory memory : values()) {
      if (memory.name().toLowerCase(Locale.ROOT).equals(name)) {
        return memory;
      }
    }
    throw new IllegalArgumentException(
        "`engine.weights-memory` must be auto, copied or mapped. Given: " + name);
  }

  /**
   * Whether to copy.
   *
   * @param bytes that copies would take
   * @param freeBytes that the machine can give
   */
  public boolean copies(long bytes, long freeBytes) {
    return switch (this) {
      case AUTO -> bytes <= freeBytes / 4 * 3;
      case COPIED -> true;
      case MAPPED -> false;
    };
  }
}
