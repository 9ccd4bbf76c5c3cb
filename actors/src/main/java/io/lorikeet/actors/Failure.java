package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;

/**
 * What went wrong with an adapter.
 *
 * @param transientIo the files could not be read; they may be another time
 */
record Failure(ErrorCode code, String message, boolean transientIo) {
  static Failure of(Throwable thrown) {
    return switch (thrown) {
      case CompletionException e when e.getCause() != null -> of(e.getCause());
      case LorikeetException e ->
          new Failure(
              e.code(), String.valueOf(e.getMessage()), e.getCause() instanceof IOException);
      case UncheckedIOException e ->
          new Failure(
              ErrorCode.ADAPTER_LOAD_BUSY,
              "the adapter's files could not be read: " + e.getMessage(),
              true);
      default -> new Failure(ErrorCode.INTERNAL, "the adapter could not be loaded", false);
    };
  }
}
