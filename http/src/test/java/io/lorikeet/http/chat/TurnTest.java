package io.lorikeet.http.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.text.calls.CallFormat;
import io.lorikeet.http.generation.Collected;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TurnTest {
  private static final TokenPiece TOKEN =
      new TokenPiece(7, "Hi", new byte[] {72, 105}, false, -0.5f, List.of());

  @Test
  void textPassesThroughWithItsTokens() {
    Turn turn = new Turn(Tools.NONE, "a");

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
    Turn turn = new Turn(Tools.NONE, "a");

    assertEquals(List.of(), turn.fold(new GenerationEvent.PromptRead(0, "Hello", List.of(TOKEN))));
    assertEquals(
        List.of(new TurnEvent.Failed(ErrorCode.ROW_FAILED, "no finite logit")),
        turn.fold(new GenerationEvent.Failed(ErrorCode.ROW_FAILED, "no finite logit")));
  }

  @Test
  void tokensGoWithTheFirstTextOfTheirPieceOrBeforeItsCalls() {
    Turn turn = new Turn(calling(), "a");

    assertEquals(
        List.of(new TurnEvent.Text(0, "Hi", List.of(7), List.of(TOKEN))),
        turn.fold(new GenerationEvent.Piece(0, "Hi<tool", List.of(7), List.of(TOKEN))));
    List<TurnEvent> call =
        turn.fold(
            new GenerationEvent.Piece(
                0, "_call>{\"name\": \"add\", \"arguments\": {}}!", List.of(8), List.of(TOKEN)));
    TurnEvent.CallBegun begun = (TurnEvent.CallBegun) call.get(1);
    assertEquals(
        List.of(
            new TurnEvent.Text(0, "", List.of(8), List.of(TOKEN)),
            new TurnEvent.CallBegun(0, 0, begun.id(), "add"),
            new TurnEvent.CallArguments(0, 0, "{}"),
            new TurnEvent.CallEnded(0, 0, new ToolCall(begun.id(), "add", "{}")),
            new TurnEvent.Text(0, "!", List.of(), List.of())),
        call);
    assertEquals(
        List.of(new TurnEvent.ChoiceEnded(0, TurnFinish.TOOL_CALLS, Optional.empty(), 2)),
        turn.fold(
            new GenerationEvent.ChoiceEnded(0, FinishReason.STOP_TOKEN, Optional.empty(), 2)));
  }

  @Test
  void aCallThatTheEndCutsOffEndsWithIt() {
    Turn turn = new Turn(calling(), "a");
    turn.fold(
        new GenerationEvent.Piece(
            1, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a", List.of(7), List.of()));

    List<TurnEvent> end =
        turn.fold(new GenerationEvent.ChoiceEnded(1, FinishReason.LENGTH, Optional.empty(), 1));

    assertEquals("{\"a", ((TurnEvent.CallEnded) end.getFirst()).whole().arguments());
    assertEquals(
        new TurnEvent.ChoiceEnded(1, TurnFinish.LENGTH, Optional.empty(), 1), end.getLast());
  }

  @Test
  void idsDifferByAnswerChoiceAndCall() {
    Set<String> ids = new HashSet<>();
    for (String answer : List.of("a", "b", "a:0")) {
      for (int choice = 0; choice < 12; choice++) {
        for (int call = 0; call < 12; call++) {
          assertTrue(ids.add(CallIds.of(answer, calling()).id(choice, call)));
        }
      }
    }
  }

  private static Tools calling() {
    return new Tools(List.of(), true, Optional.of(CallFormat.HERMES), 8, 100);
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
        WholeTurn.of(
            new Collected(List.of(), List.of(first, second), 4, 2), new Turn(Tools.NONE, "a"));

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
