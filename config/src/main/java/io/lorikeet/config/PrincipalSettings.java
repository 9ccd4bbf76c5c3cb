package io.lorikeet.config;

import java.util.List;

/**
 * Somebody who has an API key.
 *
 * @param name in logs, fair shares and limits
 * @param adapters names that they may use; a {@code *} at the end stands for any ending. The base
 *     model is everybody's
 * @param weight share of the engine relative to others
 * @param requestsPerMinute requests that change or make something; 0: as many as they like
 * @param concurrentMax requests that run or wait at once; 0: as many as they like
 */
public record PrincipalSettings(
    String name,
    KeyHash key,
    Role role,
    List<String> adapters,
    double weight,
    int requestsPerMinute,
    int concurrentMax) {
  /** What somebody may do. */
  public enum Role {
    /** Generate, and see what there is. */
    USER,
    /** Everything, loading and unloading adapters included. */
    ADMIN
  }

  public PrincipalSettings {
    adapters = List.copyOf(adapters);
    for (String pattern : adapters) {
      int star = pattern.indexOf('*');
      if (pattern.isEmpty() || (star >= 0 && star < pattern.length() - 1)) {
        throw new IllegalArgumentException(
            "`access.keys.%s.adapters` must hold names, with `*` at most at the end. Given: %s"
                .formatted(name, pattern));
      }
    }
    if (!(weight > 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException(
          "`access.keys.%s.weight` must be > 0 and finite. Given: %s".formatted(name, weight));
    }
    Checks.atLeast("access.keys." + name + ".requests-per-minute", requestsPerMinute, 0);
    Checks.atLeast("access.keys." + name + ".concurrent-max", concurrentMax, 0);
  }

  /** Whether an adapter of this name may be used; says nothing about whether there is one. */
  public boolean mayUse(String adapter) {
    return adapters.stream().anyMatch(pattern -> matches(pattern, adapter));
  }

  private static boolean matches(String pattern, String adapter) {
    return pattern.endsWith("*")
        ? adapter.startsWith(pattern.substring(0, pattern.length() - 1))
        : adapter.equals(pattern);
  }
}
