package io.lorikeet.actors;

import io.lorikeet.config.AccessSettings;
import io.lorikeet.config.PrincipalSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashMap;
import java.util.Map;

/** How many requests of each principal run or wait, held to what each may have. */
final class Concurrency {
  private final AccessSettings access;
  private final Map<String, Integer> running = new HashMap<>(); // no zeros

  Concurrency(AccessSettings access) {
    this.access = access;
  }

  /**
   * Counts one more.
   *
   * @throws LorikeetException CONCURRENCY_LIMITED; then nothing was counted
   */
  void begin(String principal) {
    int max = access.principal(principal).map(PrincipalSettings::concurrentMax).orElse(0);
    int now = running.getOrDefault(principal, 0);
    if (max > 0 && now >= max) {
      throw new LorikeetException(
          ErrorCode.CONCURRENCY_LIMITED,
          "`%s` may have %d requests at once. Given: one more".formatted(principal, max));
    }
    running.put(principal, now + 1);
  }

  void end(String principal) {
    running.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
  }
}
