package io.lorikeet.http.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.http.generation.Collected;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TurnTest {
  private static final TokenPiece TOKEN =
      new TokenPiece(7, "Hi", new byte[] {72, 105}, false, -0.5f, List.of());

  @Test
  void textPassesThroughWithItsTokens() {
    Turn turn = new Turn();

    assertEquals(
        List.of(new TurnEvent.Text(1, "Hi", List.of(7), List.of(TOKEN))),
        turn.fold(new GenerationEvent.Piece(1, "Hi", List.of(7), List.of(TOKEN))));
    assertEquals(
        List.of(new TurnEvent.ChoiceEnded(1, TurnFinish.STOP_STRING, Optional.of("."), 3)),
        turn.fold(
            new GenerationEvent.ChoiceEnded(1, FinishReason.STOP_STRING, Optional.of("."), 3)));
    assertEquals(
        List.of(new TurnEvent.Completed(5, 3)), turn.fold(new GenerationEvent.Completed(5, 3)));
  }

  @Test
  void aPromptIsNoPartOfATurnAndAFailureIsItsEnd() {
    Turn turn = new Turn();

    assertEquals(List.of(), turn.fold(new GenerationEvent.PromptRead(0, "Hello", List.of(TOKEN))));
    assertEquals(
        List.of(new TurnEvent.Failed(ErrorCode.ROW_FAILED, "no finite logit")),
        turn.fold(new GenerationEvent.Failed(ErrorCode.ROW_FAILED, "no finite logit")));
  }

  @Test
  void aWholeAnswerKeepsTextTokensAndEndOfEachChoice() {
    Collected.Choice first =
        new Collected.Choice(
            0, "Hi", List.of(7), List.of(TOKEN), FinishReason.LENGTH, Optional.empty(), 1);
    Collected.Choice second =
        new Collected.Choice(
            1, "", List.of(2), List.of(), FinishReason.STOP_STRING, Optional.of("x"), 1);

    WholeTurn whole =
        WholeTurn.of(new Collected(List.of(), List.of(first, second), 4, 2), new Turn());

    assertEquals(
        new WholeTurn(
            List.of(
                new WholeTurn.Choice(
                    0,
                    "Hi",
                    List.of(),
                    List.of(7),
                    List.of(TOKEN),
                    TurnFinish.LENGTH,
                    Optional.empty(),
                    1),
                new WholeTurn.Choice(
                    1,
                    "",
                    List.of(),
                    List.of(2),
                    List.of(),
                    TurnFinish.STOP_STRING,
                    Optional.of("x"),
                    1)),
            4,
            2),
        whole);
  }
}
