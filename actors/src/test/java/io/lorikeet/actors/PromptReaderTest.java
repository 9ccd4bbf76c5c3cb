package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.TextNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts at the bound of what a context of 5 tokens of 4 bytes can hold. */
class PromptReaderTest {
  private final AtomicInteger encoded = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(strings = {"!", "é", "あ", "🦜"})
  void aTextThatCannotFitIsNeverTokenised(String character) {
    int bytes = character.getBytes(StandardCharsets.UTF_8).length;
    String longest = character.repeat(20 / bytes) + "!".repeat(20 % bytes);
    for (Prompt prompt : List.of(new Prompt.Text(longest), chat(longest))) {
      int before = encoded.get();
      assertEquals(1, reader().read(prompt).length);
      assertEquals(before + 1, encoded.get());
    }

    String longer = longest + "!";
    int before = encoded.get();
    for (Prompt prompt :
        List.of(
            new Prompt.Text(longer), chat(longer), new Prompt.Last(new Prompt.Text(longer), 3))) {
      LorikeetException refused =
          assertThrows(LorikeetException.class, () -> reader().read(prompt));
      assertEquals(ErrorCode.CONTEXT_LENGTH_EXCEEDED, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).endsWith("Given: 21"), refused::getMessage);
    }
    assertEquals(before, encoded.get());
  }

  private PromptReader reader() {
    Tokenizer tokenizer = new Counting();
    return new PromptReader(
        Optional.of(tokenizer),
        Optional.of(new FixedChats(chat -> chat.tools().orElseThrow().asText(), tokenizer)),
        5,
        10);
  }

  private static Prompt chat(String text) {
    return new Prompt.Chat(List.of(), Optional.of(TextNode.valueOf(text)), Map.of(), true, false);
  }

  private final class Counting implements Tokenizer {
    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
      encoded.incrementAndGet();
      return new int[] {1};
    }

    @Override
    public TokenSpans encodeWithSpans(String text, boolean addSpecialTokens) {
      return new TokenSpans(
          encode(text, addSpecialTokens), new int[] {0}, new int[] {text.length()});
    }

    @Override
    public int vocabSize() {
      return 10;
    }

    @Override
    public int longestTokenBytes() {
      return 4;
    }

    @Override
    public OptionalInt tokenId(String token) {
      return OptionalInt.empty();
    }

    @Override
    public void close() {}
  }
}
