package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Folds what an engine tells of a chat's answer into the events of a turn. Made anew for each
 * answer, used by one stream.
 */
public final class Turn {
  private final Tools tools;
  private final CallIds ids;
  private final Map<Integer, ChoiceCalls> choices = new HashMap<>();

  /**
   * @param answer a name that no other answer has; ids of calls come from it
   */
  public Turn(Tools tools, String answer) {
    this.tools = tools;
    this.ids = CallIds.of(answer, tools);
  }

  /** What an event of the engine is worth, in order; some are worth nothing yet. */
  public List<TurnEvent> fold(GenerationEvent event) {
    return switch (event) {
      case GenerationEvent.PromptRead _ -> List.of();
      case GenerationEvent.Piece piece ->
          tools.format().isEmpty()
              ? List.of(
                  new TurnEvent.Text(piece.choice(), piece.text(), piece.ids(), piece.tokens()))
              : calls(piece.choice()).fold(piece);
      case GenerationEvent.ChoiceEnded ended ->
          tools.format().isEmpty()
              ? List.of(
                  new TurnEvent.ChoiceEnded(
                      ended.choice(),
                      TurnFinish.of(ended.reason()),
                      ended.stop(),
                      ended.completionTokens()))
              : calls(ended.choice()).fold(ended);
      case GenerationEvent.Completed(int promptTokens, int completionTokens) ->
          List.of(new TurnEvent.Completed(promptTokens, completionTokens));
      case GenerationEvent.Failed(var code, var message) ->
          List.of(new TurnEvent.Failed(code, message));
    };
  }

  private ChoiceCalls calls(int choice) {
    return choices.computeIfAbsent(
        choice,
        number -> new ChoiceCalls(number, tools.parser().orElseThrow(), tools.parallel(), ids));
  }
}
