package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.schedule.TokenOut;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptTextTest {
  private static final ChoiceText.Style STYLE =
      new ChoiceText.Style(Optional.of(ChoiceTextTest.TEXT), Ending.PLAIN, false, Set.of());

  /** A prompt that nobody wants to hear of. */
  static PromptText silent(int... ids) {
    ChoiceText.Style style = new ChoiceText.Style(Optional.empty(), Ending.PLAIN, false, Set.of());
    return new PromptText(0, new Prompt.Ids(ids), ids, OptionalInt.empty(), style);
  }

  /** A prompt that is wanted, with log probabilities unless {@code top} is -1. */
  static PromptText asked(int number, int top, ChoiceText.Style style, int... ids) {
    return new PromptText(number, new Prompt.Ids(ids), ids, OptionalInt.of(top), style);
  }

  @Test
  void nobodyHearsOfAPromptUnlessAsked() {
    assertTrue(silent(1, 2).isTold());
    assertEquals(Optional.empty(), silent(1, 2).take());
  }

  @Test
  void aPromptIsToldOnceWhenTheLastLogProbabilityIsThere() {
    int[] ids = ChoiceTextTest.encode("hello wide world");
    PromptText prompt = asked(2, 1, STYLE, ids);
    for (int i = 1; i < ids.length; i++) {
      assertEquals(Optional.empty(), prompt.take());
      assertFalse(prompt.isTold());
      prompt.scored(List.of(score(ids[i], -i)));
    }

    PromptRead read = assertInstanceOf(PromptRead.class, prompt.take().orElseThrow());

    assertTrue(prompt.isTold());
    assertEquals(Optional.empty(), prompt.take());
    assertEquals(2, read.prompt());
    assertEquals("hello wide world", read.text());
    assertEquals(ids.length, read.tokens().size());
    assertTrue(Float.isNaN(read.tokens().getFirst().logprob()));
    for (int i = 0; i < ids.length; i++) {
      TokenPiece token = read.tokens().get(i);
      assertEquals(ids[i], token.id());
      if (i > 0) {
        assertEquals(-i, token.logprob());
        assertEquals(1, token.alternatives().size());
      }
    }
  }

  @Test
  void textOfAPromptIsWhatTheClientSent() {
    int[] ids = ChoiceTextTest.encode("sent");
    PromptText prompt =
        new PromptText(0, new Prompt.Text("  sent "), ids, OptionalInt.of(-1), STYLE);

    PromptRead read = assertInstanceOf(PromptRead.class, prompt.take().orElseThrow());

    assertEquals("  sent ", read.text());
    assertTrue(read.tokens().stream().allMatch(token -> Float.isNaN(token.logprob())));
  }

  private static TokenOut score(int id, float logprob) {
    return new TokenOut(id, logprob, new int[] {id}, new float[] {logprob}, new float[0]);
  }
}
