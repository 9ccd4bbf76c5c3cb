package io.lorikeet.http.responses;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The responses that run, and how many of them nobody waits for. Thread-safe. */
final class LiveResponses {
  private final int backgroundMax;
  private final Map<String, LiveResponse> byId = new ConcurrentHashMap<>();
  private final Map<String, Integer> background = new HashMap<>(); // guarded by itself, no zeros

  /**
   * @param backgroundMax responses in the background of one principal
   */
  LiveResponses(int backgroundMax) {
    this.backgroundMax = backgroundMax;
  }

  void add(LiveResponse response) {
    byId.put(response.id(), response);
  }

  void remove(LiveResponse response) {
    byId.remove(response.id(), response);
  }

  /**
   * A response that runs; those of others are not found. One that is not found and is stored at all
   * is stored by then, so whoever looks at both looks here first.
   */
  Optional<LiveResponse> find(String principal, String id) {
    return Optional.ofNullable(byId.get(id))
        .filter(response -> response.principal().equals(principal))
        .filter(LiveResponse::runs);
  }

  /**
   * Counts one more in the background.
   *
   * @throws LorikeetException CONCURRENCY_LIMITED; then nothing was counted
   */
  void beginBackground(String principal) {
    synchronized (background) {
      int now = background.getOrDefault(principal, 0);
      if (now >= backgroundMax) {
        throw new LorikeetException(
            ErrorCode.CONCURRENCY_LIMITED,
            "`%s` may have %d responses in the background. Given: one more"
                .formatted(principal, backgroundMax));
      }
      background.put(principal, now + 1);
    }
  }

  void endBackground(String principal) {
    synchronized (background) {
      background.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
    }
  }
}
