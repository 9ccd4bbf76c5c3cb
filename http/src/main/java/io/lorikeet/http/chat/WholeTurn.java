package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.http.generation.Collected;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A complete turn; choices in order. */
public record WholeTurn(List<Choice> choices, int promptTokens, int completionTokens) {
  public WholeTurn {
    choices = List.copyOf(choices);
  }

  /**
   * One choice.
   *
   * @param text without what were calls
   * @param calls in the order in which the model wrote them
   * @param ids all drawn tokens, an end token included
   * @param tokens one entry per id where the request asked for them, else empty
   * @param stop the stop string that ended it, if one did
   */
  public record Choice(
      int index,
      String text,
      List<ToolCall> calls,
      List<Integer> ids,
      List<TokenPiece> tokens,
      TurnFinish finish,
      Optional<String> stop,
      int completionTokens) {
    public Choice {
      calls = List.copyOf(calls);
      ids = List.copyOf(ids);
      tokens = List.copyOf(tokens);
    }
  }

  /** Folds the same events that a stream would have. */
  public static WholeTurn of(Collected answer, Turn turn) {
    List<Choice> choices = new ArrayList<>();
    for (Collected.Choice choice : answer.choices()) {
      choices.add(choice(choice, turn));
    }
    return new WholeTurn(choices, answer.promptTokens(), answer.completionTokens());
  }

  private static Choice choice(Collected.Choice drawn, Turn turn) {
    List<TurnEvent> events =
        new ArrayList<>(
            turn.fold(
                new GenerationEvent.Piece(
                    drawn.index(), drawn.text(), drawn.ids(), drawn.tokens())));
    events.addAll(
        turn.fold(
            new GenerationEvent.ChoiceEnded(
                drawn.index(), drawn.finish(), drawn.stop(), drawn.completionTokens())));
    StringBuilder text = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    TurnFinish finish = TurnFinish.of(drawn.finish());
    for (TurnEvent event : events) {
      switch (event) {
        case TurnEvent.Text piece -> text.append(piece.text());
        case TurnEvent.CallEnded ended -> calls.add(ended.whole());
        case TurnEvent.ChoiceEnded ended -> finish = ended.reason();
        case TurnEvent.CallBegun _, TurnEvent.CallArguments _, TurnEvent.Terminal _ -> {}
      }
    }
    return new Choice(
        drawn.index(),
        text.toString(),
        calls,
        drawn.ids(),
        drawn.tokens(),
        finish,
        drawn.stop(),
        drawn.completionTokens());
  }
}
