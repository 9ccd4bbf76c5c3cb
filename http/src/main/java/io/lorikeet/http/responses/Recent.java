package io.lorikeet.http.responses;

import java.util.LinkedHashMap;

/** The latest responses that only one session remembers. Thread-safe. */
final class Recent {
  private final int most;
  private final LinkedHashMap<String, Runnable> byId = new LinkedHashMap<>(); // guarded by this
  private boolean closed;

  /**
   * @param most responses
   */
  Recent(int most) {
    this.most = most;
  }

  /**
   * Remembers one more; the oldest goes where there are too many.
   *
   * @param forget makes it go
   */
  synchronized void add(String id, Runnable forget) {
    if (closed) {
      forget.run();
      return;
    }
    byId.put(id, forget);
    if (byId.size() > most) {
      byId.pollFirstEntry().getValue().run();
    }
  }

  synchronized void close() {
    closed = true;
    byId.values().forEach(Runnable::run);
    byId.clear();
  }
}
