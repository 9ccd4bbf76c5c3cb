package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.calls.CallMarks;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChoiceTextTest {
  static final TextModel TEXT =
      TextModel.load(Path.of(System.getProperty("lorikeet.root"), "models/demo")).orElseThrow();

  @Test
  void giveTheWholeTextInPieces() {
    ChoiceText choice = choice(List.of(), false, Set.of());
    StringBuilder text = new StringBuilder();

    for (int id : encode("Grüße, wide world! 🦜")) {
      choice.token(token(id));
      text.append(choice.take().text());
    }
    choice.end(FinishReason.LENGTH);
    text.append(choice.take().text());

    assertEquals("Grüße, wide world! 🦜", text.toString());
  }

  @Test
  void whatNobodyTookGrowsTogether() {
    ChoiceText choice = choice(List.of(), false, Set.of());
    int[] ids = encode("one two three four");
    for (int id : ids) {
      choice.token(token(id));
    }
    choice.end(FinishReason.LENGTH);

    Piece piece = choice.take();

    assertEquals("one two three four", piece.text());
    assertEquals(ids.length, piece.ids().size());
    assertFalse(choice.pending());
  }

  @Test
  void aStopStringAcrossTokensEndsTheTextWhereItBegins() {
    for (boolean keep : new boolean[] {false, true}) {
      ChoiceText choice = choice(List.of("o wor"), keep, Set.of());
      int[] ids = encode("hello world again");

      int drawn = 0;
      while (!choice.ended()) {
        choice.token(token(ids[drawn++]));
      }
      choice.token(token(ids[0]));

      assertEquals(keep ? "hello wor" : "hell", choice.take().text());
      assertEquals(
          new ChoiceEnded(0, FinishReason.STOP_STRING, Optional.of("o wor"), drawn),
          choice.ending());
    }
  }

  @Test
  void stopStringsAreNotLookedForBeforeTheLeastNumberOfTokens() {
    int[] ids = encode("stop and stop and stop");
    int first = encode("stop").length;
    for (int least : new int[] {0, first, ids.length}) {
      ChoiceText choice =
          choice(new Ending(List.of("stop"), false, List.of(), false, least), Set.of());
      for (int id : ids) {
        choice.token(token(id));
      }
      choice.end(FinishReason.LENGTH);

      String expected = least == 0 ? "" : least == first ? "stop and " : "stop and stop and stop";
      assertEquals(expected, choice.take().text(), "at least " + least);
    }
  }

  @Test
  void theBeginningOfAStopStringIsHeldBackUntilItIsNone() {
    ChoiceText choice = choice(List.of("hello world!"), false, Set.of());
    for (int id : encode("hello world")) {
      choice.token(token(id));
    }

    assertEquals("", choice.take().text());
    choice.end(FinishReason.LENGTH);
    assertEquals("hello world", choice.take().text());
    assertEquals(FinishReason.LENGTH, choice.ending().reason());
  }

  @Test
  void onlyTheSpecialTokensThatMarkCallsStayInTheText() {
    int start = TEXT.detokenizers().specialId("<|im_start|>").orElseThrow();
    int end = TEXT.detokenizers().specialId("<|im_end|>").orElseThrow();
    for (List<String> kept : List.of(List.<String>of(), List.of("<|im_start|>"))) {
      ChoiceText choice = choice(Ending.PLAIN.withMarks(new CallMarks(kept, List.of())), Set.of());
      choice.token(token(start));
      choice.token(token(encode("!")[0]));
      choice.token(token(end));

      Piece piece = choice.take();

      assertEquals(String.join("", kept) + "!", piece.text());
      assertEquals(
          List.of(kept.isEmpty(), false, true),
          piece.tokens().stream().map(TokenPiece::special).toList());
    }
  }

  @Test
  void anEndTokenIsCountedAndLeavesNoText() {
    int end = encode("!")[0];
    ChoiceText choice = choice(List.of(), false, Set.of(end));
    for (int id : encode("hello")) {
      choice.token(token(id));
    }
    choice.token(token(end));
    choice.end(FinishReason.STOP_TOKEN);

    Piece piece = choice.take();

    assertEquals("hello", piece.text());
    assertEquals(end, piece.ids().getLast());
    assertTrue(piece.tokens().getLast().special());
  }

  @Test
  void theBytesOfTheTokensJoinToTheText() {
    ChoiceText choice = choice(List.of(), false, Set.of());
    for (int id : encode("Zwölf 🦜🦜 parrots")) {
      choice.token(token(id));
    }

    byte[] joined = new byte[64];
    int length = 0;
    for (TokenPiece token : choice.take().tokens()) {
      for (byte b : token.bytes()) {
        joined[length++] = b;
      }
    }

    assertEquals(
        "Zwölf 🦜🦜 parrots",
        new String(joined, 0, length, java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void alternativesComeWithTheirTexts() {
    int[] ids = encode("a b");
    ChoiceText choice = choice(List.of(), false, Set.of());

    choice.token(
        new TokenOut(ids[0], -0.5f, ids, new float[] {-0.5f, -1.5f, -2f, -3f}, new float[0]));

    TokenPiece piece = choice.take().tokens().getFirst();
    assertEquals(-0.5f, piece.logprob());
    assertEquals(ids.length, piece.alternatives().size());
    assertEquals(
        "a b",
        piece.alternatives().stream()
            .map(GenerationEvent.Alternative::text)
            .collect(Collectors.joining()));
  }

  @Test
  void withoutATokenizerIdsFlowAndTextIsEmpty() {
    ChoiceText choice =
        new ChoiceText(
            0,
            new ChoiceText.Style(Optional.empty(), Ending.PLAIN, false, Set.of()),
            PromptTextTest.silent(1));
    choice.token(token(7));
    choice.end(FinishReason.LENGTH);

    Piece piece = choice.take();

    assertEquals("", piece.text());
    assertEquals(List.of(7), piece.ids());
  }

  @Test
  void theDemoModelNamesItsSpecialTokens() {
    OptionalInt end = TEXT.tokenizer().tokenId(TEXT.specialTokens().eos().orElseThrow());
    ChoiceText choice = choice(List.of(), false, Set.of());

    choice.token(token(end.orElseThrow()));

    Piece piece = choice.take();
    assertEquals("", piece.text(), "special tokens leave no text");
    assertTrue(piece.tokens().getFirst().special());
  }

  private static ChoiceText choice(List<String> stops, boolean stopInText, Set<Integer> ends) {
    return choice(new Ending(stops, stopInText, List.of(), false, 0), ends);
  }

  private static ChoiceText choice(Ending ending, Set<Integer> ends) {
    return new ChoiceText(
        0,
        new ChoiceText.Style(Optional.of(TEXT), ending, true, ends),
        PromptTextTest.silent(encode("before: ")));
  }

  static int[] encode(String text) {
    return TEXT.tokenizer().encode(text, false);
  }

  static TokenOut token(int id) {
    return new TokenOut(id, Float.NaN, new int[0], new float[0], new float[0]);
  }
}
