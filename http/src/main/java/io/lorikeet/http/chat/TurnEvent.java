package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * What happens in a turn: of each choice text and calls in the order in which the model wrote them,
 * one end per choice, and exactly one terminal event.
 */
public sealed interface TurnEvent {
  /** An event of one choice. */
  sealed interface OfChoice extends TurnEvent {
    int choice();
  }

  /**
   * Text for the reader; empty where tokens were drawn that left none, such as those of a call.
   *
   * @param ids all drawn tokens since the last text event of the choice
   * @param tokens one entry per id where the request asked for them, else empty
   */
  record Text(int choice, String text, List<Integer> ids, List<TokenPiece> tokens)
      implements OfChoice {
    public Text {
      ids = List.copyOf(ids);
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * A call of a function begins; the calls of a choice come one after the other.
   *
   * @param call number in the choice, from 0
   */
  record CallBegun(int choice, int call, String id, String name) implements OfChoice {}

  /**
   * The next characters of a call's arguments.
   *
   * @param delta never empty
   */
  record CallArguments(int choice, int call, String delta) implements OfChoice {}

  /** A call is complete: its arguments are all deltas joined. */
  record CallEnded(int choice, int call, ToolCall whole) implements OfChoice {}

  /**
   * A choice is complete.
   *
   * @param stop the stop string that ended it, if one did
   * @param completionTokens drawn tokens, an end token included
   */
  record ChoiceEnded(int choice, TurnFinish reason, Optional<String> stop, int completionTokens)
      implements OfChoice {}

  /** A terminal event. */
  sealed interface Terminal extends TurnEvent {}

  /** All choices are complete. */
  record Completed(int promptTokens, int completionTokens) implements Terminal {}

  /** The request failed; choices without an end have none. */
  record Failed(ErrorCode code, String message) implements Terminal {}
}
