package io.lorikeet.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.lorikeet.load.Dialect.Said;
import java.util.Optional;

/**
 * One stream from its request to its end, with its times. Used by one user; its events come one
 * after the other.
 */
final class Stream {
  private final Ledger ledger;
  private final Dialect dialect;
  private final String adapter;
  private final String wanted;
  private final StringBuilder text = new StringBuilder();
  private long begunNanos;
  private long lastNanos;
  private boolean spoke;
  private Optional<String> verdict = Optional.empty();

  /**
   * @param wanted the only right answer
   */
  Stream(Ledger ledger, Dialect dialect, String adapter, String wanted) {
    this.ledger = ledger;
    this.dialect = dialect;
    this.adapter = adapter;
    this.wanted = wanted;
  }

  /** The request goes out. */
  synchronized void begin(long nowNanos) {
    begunNanos = nowNanos;
    ledger.begun(adapter);
  }

  /**
   * An event came.
   *
   * @return whether it is the last one
   */
  synchronized boolean hear(String data, long nowNanos) {
    if (verdict.isPresent()) {
      end("it went on after its end");
      return true;
    }
    try {
      switch (dialect.said(data)) {
        case Said.Text(String more) -> add(more, nowNanos);
        case Said.End _ -> end(judged(text.toString()));
        case Said.Whole(String whole) -> end(judged(whole));
        case Said.Failure(String message) -> end("it failed: " + message);
      }
    } catch (JsonProcessingException e) {
      end("an event is not JSON: " + data);
    }
    return verdict.isPresent();
  }

  private void add(String more, long nowNanos) {
    if (more.isEmpty()) {
      return;
    }
    text.append(more);
    if (spoke) {
      ledger.gap(adapter, nowNanos - lastNanos);
    } else {
      ledger.first(adapter, nowNanos - begunNanos);
    }
    spoke = true;
    lastNanos = nowNanos;
  }

  private String judged(String answer) {
    return answer.equals(wanted)
        ? ""
        : "`%s` does not answer so: `%s`; it answers `%s`".formatted(adapter, answer, wanted);
  }

  private void end(String fault) {
    if (verdict.isEmpty()) {
      ledger.ended(adapter, fault);
    }
    verdict = Optional.of(fault);
  }

  /** What is wrong with it; empty: nothing. */
  synchronized String verdict() {
    return verdict.orElse("it has no end");
  }
}
