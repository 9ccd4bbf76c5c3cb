package io.lorikeet.http.lorax;

import io.lorikeet.actors.GenerationEvent;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Notes when the first tokens of an answer come, whichever candidate they belong to. */
final class FirstToken {
  private final LongSupplier nanos;
  private OptionalLong at = OptionalLong.empty();

  FirstToken(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Looks at an event as it goes by. Called by one thread at a time. */
  GenerationEvent pass(GenerationEvent event) {
    if (at.isEmpty() && event instanceof GenerationEvent.Piece) {
      at = OptionalLong.of(nanos.getAsLong());
    }
    return event;
  }

  /** When it was; empty: there was no token. */
  OptionalLong nanos() {
    return at;
  }
}
