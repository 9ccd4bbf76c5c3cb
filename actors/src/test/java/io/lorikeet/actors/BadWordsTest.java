package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BadWordsTest {
  private static final Map<String, int[]> TOKENS =
      Map.of(
          "cat", new int[] {1},
          " cat", new int[] {2},
          "hot dog", new int[] {3, 4},
          " hot dog", new int[] {5, 4},
          "same", new int[] {6},
          " same", new int[] {6},
          "long", new int[] {7},
          " long", new int[] {8, 7});

  @Test
  void wordsAreBannedAtTheBeginOfATextAndBehindASpace() {
    assertBanned(List.of("cat"), new int[] {1}, new int[] {2});
    assertBanned(List.of("  cat"), new int[] {1}, new int[] {2});
    assertBanned(
        List.of("hot dog", "cat"),
        new int[] {3, 4},
        new int[] {5, 4},
        new int[] {1},
        new int[] {2});
  }

  @Test
  void aSpaceThatIsATokenOfItsOwnOrChangesNothingBansNothingMore() {
    assertBanned(List.of("same"), new int[] {6});
    assertBanned(List.of("long"), new int[] {7});
  }

  @Test
  void whatWasRuledBeforeStays() {
    TokenRules rules = new TokenRules(new int[][] {{9}}, new int[] {4});
    TokenRules joined = BadWords.join(rules, List.of("same"), new Words());
    assertArrayEquals(new int[][] {{9}, {6}}, joined.banned());
    assertArrayEquals(new int[] {4}, joined.allowed());
  }

  private static void assertBanned(List<String> words, int[]... banned) {
    assertArrayEquals(banned, BadWords.join(TokenRules.NONE, words, new Words()).banned());
  }

  private static final class Words implements Tokenizer {
    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
      assertEquals(false, addSpecialTokens);
      return TOKENS.getOrDefault(text, new int[0]);
    }

    @Override
    public TokenSpans encodeWithSpans(String text, boolean addSpecialTokens) {
      throw new AssertionError("nobody asks for places");
    }

    @Override
    public int vocabSize() {
      return 10;
    }

    @Override
    public int longestTokenBytes() {
      return 8;
    }

    @Override
    public OptionalInt tokenId(String token) {
      return OptionalInt.empty();
    }

    @Override
    public void close() {}
  }
}
