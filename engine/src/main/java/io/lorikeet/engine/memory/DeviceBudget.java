package io.lorikeet.engine.memory;

import java.util.EnumMap;

/**
 * The device's bytes for KV blocks and adapters: one budget with one owner, the step loop. What is
 * granted and what is free add up to the total at all times.
 */
public final class DeviceBudget {
  /** What bytes are granted for. */
  public enum Use {
    KV,
    ADAPTERS
  }

  private final long totalBytes;
  private final EnumMap<Use, Long> granted = new EnumMap<>(Use.class);

  public DeviceBudget(long totalBytes) {
    if (totalBytes < 0) {
      throw new IllegalArgumentException("totalBytes must be >= 0. Given: " + totalBytes);
    }
    this.totalBytes = totalBytes;
  }

  /** Grants bytes; false, and nothing changes, when fewer are free. */
  public boolean grant(Use use, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must be >= 0. Given: " + bytes);
    }
    if (bytes > freeBytes()) {
      return false;
    }
    granted.merge(use, bytes, Long::sum);
    return true;
  }

  /** Takes granted bytes back. */
  public void reclaim(Use use, long bytes) {
    if (bytes < 0 || bytes > grantedBytes(use)) {
      throw new IllegalStateException(
          "at most " + grantedBytes(use) + " bytes are granted to " + use + ". Given: " + bytes);
    }
    granted.merge(use, -bytes, Long::sum);
  }

  public long totalBytes() {
    return totalBytes;
  }

  public long grantedBytes(Use use) {
    return granted.getOrDefault(use, 0L);
  }

  public long freeBytes() {
    long free = totalBytes;
    for (long bytes : granted.values()) {
      free -= bytes;
    }
    return free;
  }
}
