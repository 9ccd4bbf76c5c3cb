package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent;
import java.util.List;

/**
 * Folds what an engine tells of a chat's answer into the events of a turn. Made anew for each
 * answer, used by one stream.
 */
public final class Turn {
  /** What an event of the engine is worth, in order; some are worth nothing yet. */
  public List<TurnEvent> fold(GenerationEvent event) {
    return switch (event) {
      case GenerationEvent.PromptRead _ -> List.of();
      case GenerationEvent.Piece(var choice, var text, var ids, var tokens) ->
          List.of(new TurnEvent.Text(choice, text, ids, tokens));
      case GenerationEvent.ChoiceEnded(var choice, var reason, var stop, var drawn) ->
          List.of(new TurnEvent.ChoiceEnded(choice, TurnFinish.of(reason), stop, drawn));
      case GenerationEvent.Completed(int promptTokens, int completionTokens) ->
          List.of(new TurnEvent.Completed(promptTokens, completionTokens));
      case GenerationEvent.Failed(var code, var message) ->
          List.of(new TurnEvent.Failed(code, message));
    };
  }
}
