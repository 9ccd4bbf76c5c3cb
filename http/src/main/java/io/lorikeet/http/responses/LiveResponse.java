package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.chat.Turn;
import io.lorikeet.http.chat.TurnEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.stream.UniqueKillSwitch;

/**
 * A response from its acceptance to its last event. A stream folds the answer into it, while others
 * may look at it and cancel it, however slowly that stream is read. Thread-safe.
 */
final class LiveResponse {
  private final String id;
  private final String principal;
  private final List<ObjectNode> input;
  private final LongSupplier epochSeconds;
  private final Consumer<ObjectNode> keep;
  // All guarded by this.
  private final ResponseEvents events;
  private final Turn turn;
  private final List<ObjectNode> closing = new ArrayList<>();
  private Optional<UniqueKillSwitch> generation = Optional.empty();
  private Optional<ObjectNode> ended = Optional.empty();
  private Optional<LorikeetException> failure = Optional.empty();
  private boolean drawn;

  /**
   * @param input what it is made from
   * @param keep is given the response as it ended, before anybody else
   */
  LiveResponse(
      String id,
      String principal,
      List<ObjectNode> input,
      ResponseEvents events,
      Turn turn,
      LongSupplier epochSeconds,
      Consumer<ObjectNode> keep) {
    this.id = id;
    this.principal = principal;
    this.input = List.copyOf(input);
    this.events = events;
    this.turn = turn;
    this.epochSeconds = epochSeconds;
    this.keep = keep;
  }

  String id() {
    return id;
  }

  String principal() {
    return principal;
  }

  List<ObjectNode> input() {
    return input;
  }

  /** The first events. */
  synchronized List<ObjectNode> begin() {
    return events.begin();
  }

  /**
   * The answer flows from now on.
   *
   * @param source ends it
   */
  synchronized void attached(UniqueKillSwitch source) {
    generation = Optional.of(source);
    if (ended.isPresent()) {
      source.shutdown();
    }
  }

  /** The events that one of the engine's is worth. */
  synchronized List<ObjectNode> fold(GenerationEvent event) {
    List<ObjectNode> worth = new ArrayList<>();
    drawn |= event instanceof GenerationEvent.Piece;
    for (TurnEvent part : turn.fold(event)) {
      if (ended.isEmpty()) {
        List<ObjectNode> told = events.fold(part, epochSeconds.getAsLong());
        worth.addAll(told);
        if (part instanceof TurnEvent.Terminal) {
          end(told);
        }
        if (part instanceof TurnEvent.Failed(ErrorCode code, String message)) {
          failure = Optional.of(new LorikeetException(code, message));
        }
      }
    }
    return worth;
  }

  /** Ends it, unless it has; the response as it is then. */
  synchronized ObjectNode cancel() {
    if (ended.isEmpty()) {
      closing.addAll(events.cancel());
      end(closing);
      generation.ifPresent(UniqueKillSwitch::shutdown);
    }
    return ended.orElseThrow();
  }

  /** Events that a cancellation left to be told. */
  synchronized List<ObjectNode> closing() {
    return List.copyOf(closing);
  }

  /** The response as it is; its items only where they are complete. */
  synchronized ObjectNode now() {
    return ended.orElseGet(() -> events.now(drawn ? "in_progress" : "queued"));
  }

  /** Whether it has not ended. */
  synchronized boolean runs() {
    return ended.isEmpty();
  }

  /** Why it failed, where it did. */
  synchronized Optional<LorikeetException> failure() {
    return failure;
  }

  private void end(List<ObjectNode> last) {
    ObjectNode response = (ObjectNode) last.getLast().path("response");
    ended = Optional.of(response);
    keep.accept(response);
  }
}
