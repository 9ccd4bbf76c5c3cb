package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventQueueTest {
  @Test
  void piecesOfAChoiceComeBeforeItsEndAndTheTerminalEventLast() {
    EventQueue queue = queue(2);
    queue.tokens(0, List.of(ChoiceTextTest.token(1)));
    queue.tokens(1, List.of(ChoiceTextTest.token(2)));
    queue.end(0, FinishReason.LENGTH);
    queue.end(1, FinishReason.STOP_TOKEN);

    assertEquals(
        List.of(
            piece(0, 1),
            piece(1, 2),
            new ChoiceEnded(0, FinishReason.LENGTH, Optional.empty(), 1),
            new ChoiceEnded(1, FinishReason.STOP_TOKEN, Optional.empty(), 1),
            new Completed(3, 2)),
        all(queue));
  }

  @Test
  void aFailureComesBehindWhatWasDrawnAndOnlyTheFirstOneCounts() {
    EventQueue queue = queue(2);
    queue.tokens(0, List.of(ChoiceTextTest.token(1)));

    queue.fail(ErrorCode.ROW_FAILED, "first");
    queue.fail(ErrorCode.INTERNAL, "second");

    assertTrue(queue.settled());
    assertFalse(queue.isOpen(1));
    assertEquals(List.of(piece(0, 1), new Failed(ErrorCode.ROW_FAILED, "first")), all(queue));
    assertEquals(Optional.empty(), queue.next());
  }

  @Test
  void aCompleteAnswerCanNoLongerFail() {
    EventQueue queue = queue(1);
    queue.end(0, FinishReason.LENGTH);

    queue.fail(ErrorCode.INTERNAL, "late");

    assertEquals(new Completed(3, 0), all(queue).getLast());
  }

  @Test
  void whatComesWhileTheReaderIsBusyIsOnePiece() {
    EventQueue queue = queue(1);
    queue.tokens(0, List.of(ChoiceTextTest.token(1)));
    assertEquals(Optional.of(piece(0, 1)), queue.next());

    queue.tokens(0, List.of(ChoiceTextTest.token(2)));
    queue.tokens(0, List.of(ChoiceTextTest.token(3), ChoiceTextTest.token(4)));

    assertEquals(Optional.of(piece(0, 2, 3, 4)), queue.next());
    assertEquals(Optional.empty(), queue.next());
  }

  @Test
  void aPromptThatIsAskedForComesBeforeItsChoicesAndHoldsNobodyElseUp() {
    ChoiceText.Style style = new ChoiceText.Style(Optional.empty(), Ending.PLAIN, false, Set.of());
    List<PromptText> prompts =
        List.of(
            PromptTextTest.asked(0, 0, style, 4, 5, 6), PromptTextTest.asked(1, 0, style, 7, 8));
    EventQueue queue =
        new EventQueue(
            IntStream.range(0, 4)
                .mapToObj(i -> new ChoiceText(i, style, prompts.get(i / 2)))
                .toList(),
            prompts);

    queue.tokens(1, List.of(ChoiceTextTest.token(9)));
    queue.scored(0, List.of(ChoiceTextTest.token(5)));
    assertEquals(Optional.empty(), queue.next(), "one token of the prompt is not there yet");
    queue.tokens(3, List.of(ChoiceTextTest.token(9)));
    queue.scored(1, List.of(ChoiceTextTest.token(8)));
    assertEquals(1, assertInstanceOf(PromptRead.class, queue.next().orElseThrow()).prompt());
    assertEquals(piece(3, 9), queue.next().orElseThrow());
    queue.tokens(0, List.of(ChoiceTextTest.token(9)));
    queue.scored(0, List.of(ChoiceTextTest.token(6)));
    assertEquals(0, assertInstanceOf(PromptRead.class, queue.next().orElseThrow()).prompt());
    assertEquals(piece(1, 9), queue.next().orElseThrow());
    assertEquals(piece(0, 9), queue.next().orElseThrow());
    assertEquals(5, queue.promptTokens());
  }

  @Test
  void aFailureDoesNotWaitForAPrompt() {
    ChoiceText.Style style = new ChoiceText.Style(Optional.empty(), Ending.PLAIN, false, Set.of());
    PromptText prompt = PromptTextTest.asked(0, 0, style, 4, 5, 6);
    EventQueue queue = new EventQueue(List.of(new ChoiceText(0, style, prompt)), List.of(prompt));
    queue.fail(ErrorCode.INTERNAL, "broken");
    assertInstanceOf(GenerationEvent.Failed.class, queue.next().orElseThrow());
  }

  private static EventQueue queue(int choices) {
    ChoiceText.Style style = new ChoiceText.Style(Optional.empty(), Ending.PLAIN, false, Set.of());
    PromptText prompt = PromptTextTest.silent(1, 2, 3);
    return new EventQueue(
        IntStream.range(0, choices).mapToObj(i -> new ChoiceText(i, style, prompt)).toList(),
        List.of(prompt));
  }

  private static Piece piece(int choice, Integer... ids) {
    return new Piece(choice, "", List.of(ids), List.of());
  }

  private static List<GenerationEvent> all(EventQueue queue) {
    List<GenerationEvent> events = new ArrayList<>();
    for (Optional<GenerationEvent> e = queue.next(); e.isPresent(); e = queue.next()) {
      events.add(e.get());
    }
    return events;
  }
}
