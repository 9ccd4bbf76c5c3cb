package io.lorikeet.http.exchange;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.util.ByteString;

/**
 * What comes of a body. The outcome may be decided before the body has ended; what comes then is
 * dropped. One stream adds to it; anybody may call {@link #late}.
 */
final class Intake {
  /** What became of a body. */
  sealed interface Outcome {
    record Whole(ByteString bytes) implements Outcome {}

    record TooLarge() implements Outcome {}

    record Late() implements Outcome {}

    /** It ended before it was complete. */
    record Broken() implements Outcome {}
  }

  private final long keptMax;
  private final long waitedMax;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private ByteString kept = ByteString.emptyByteString();
  private long came;

  /**
   * @param keptMax bytes of the largest body that is whole
   * @param waitedMax bytes after which a larger one is no longer waited for
   */
  Intake(long keptMax, long waitedMax) {
    this.keptMax = keptMax;
    this.waitedMax = waitedMax;
  }

  void add(ByteString part) {
    came += part.size();
    kept = came > keptMax ? ByteString.emptyByteString() : kept.concat(part);
    if (came > waitedMax) {
      outcome.complete(new Outcome.TooLarge());
    }
  }

  /** The body ended; well, if it is complete. */
  void end(boolean complete) {
    outcome.complete(
        !complete
            ? new Outcome.Broken()
            : came > keptMax ? new Outcome.TooLarge() : new Outcome.Whole(kept));
  }

  /** Nobody waits any longer. */
  void late() {
    outcome.complete(new Outcome.Late());
  }

  CompletionStage<Outcome> outcome() {
    return outcome;
  }
}
