package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden cases of {@code fixtures/tokenizers}. */
final class TokenizerFixturesTest {
  @Test
  void allEighteenTokenizersAreTested() {
    assertEquals(18, TextFixtures.tokenizers().count());
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void idsAreThoseOfTheReference(String name) {
    JsonNode golden = golden(name);
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
      assertEquals(golden.get("vocab_size").intValue(), model.tokenizer().vocabSize());
      for (JsonNode c : single(golden)) {
        int[] ids =
            model
                .tokenizer()
                .encode(c.get("text").textValue(), c.get("add_special_tokens").booleanValue());
        assertArrayEquals(TextFixtures.ids(c.get("ids")), ids, () -> name + " " + c);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void placesOfTokensLieInTheTextAndTheirIdsAreTheSame(String name) {
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
      for (JsonNode c : single(golden(name))) {
        String text = c.get("text").textValue();
        boolean special = c.get("add_special_tokens").booleanValue();
        TokenSpans spans = model.tokenizer().encodeWithSpans(text, special);
        assertArrayEquals(TextFixtures.ids(c.get("ids")), spans.ids(), () -> name + " " + c);
        for (int i = 0; i < spans.ids().length; i++) {
          assertTrue(0 <= spans.starts()[i], () -> name + " " + c);
          assertTrue(spans.starts()[i] <= spans.ends()[i], () -> name + " " + c);
          assertTrue(
              spans.ends()[i] <= text.codePointCount(0, text.length()), () -> name + " " + c);
        }
      }
    }
  }

  @Test
  void placesAreCountedInCodePoints() {
    try (TextModel model = TextFixtures.model(TextFixtures.DEMO)) {
      TokenSpans spans = model.tokenizer().encodeWithSpans("\ud83e\udd9c Hello!", false);
      int last = spans.ids().length - 1;
      assertEquals(0, spans.starts()[0]);
      assertEquals(7, spans.starts()[last]);
      assertEquals(8, spans.ends()[last]);
    }
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void noTokenStandsForMoreBytesThanTheLongestOne(String name) {
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
      long longest = model.tokenizer().longestTokenBytes();
      for (JsonNode c : single(golden(name))) {
        String text = c.get("text").textValue();
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        boolean whole = text.equals(c.get("decoded").textValue());
        assertTrue(!whole || bytes <= longest * c.get("ids").size(), () -> name + " " + c);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void piecesJoinToTheDecodedText(String name) {
    DetokenizerFactory detokenizers = TextFixtures.detokenizerOf(name);
    for (JsonNode c : single(golden(name))) {
      int[] ids = TextFixtures.ids(c.get("ids"));
      assertEquals(
          c.get("decoded").textValue(),
          joined(detokenizers.create(new int[0], false), ids),
          () -> name + " " + c);
      assertEquals(
          c.get("decoded_skip_special").textValue(),
          joined(detokenizers.create(new int[0], true), ids),
          () -> name + " " + c);
    }
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void specialTokensOfTheConfigurationHaveAnId(String name) {
    JsonNode config =
        TextFixtures.json(TextFixtures.TOKENIZERS.resolve(name).resolve("tokenizer_config.json"));
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
      assertFalse(model.specialTokens().named().isEmpty());
      model
          .specialTokens()
          .named()
          .forEach((key, token) -> {
            JsonNode given = config.get(key);
            assertEquals(
                given.isTextual() ? given.textValue() : given.path("content").textValue(), token);
            int id = model.tokenizer().tokenId(token).orElseThrow();
            assertTrue(contains(model.tokenizer().encode("a" + token + "b", false), id), token);
            assertEquals(
                "", joined(model.detokenizers().create(new int[0], true), new int[] {id}), token);
          });
    }
  }

  @Test
  void renderedChatsHaveTheirGoldenIds() {
    JsonNode cases =
        TextFixtures.json(TextFixtures.ROOT.resolve("fixtures/chat-templates/tokenized.json"))
            .get("cases");
    assertFalse(cases.isEmpty());
    for (JsonNode c : cases) {
      Path folder = TextFixtures.TOKENIZERS.resolve(c.get("tokenizer").textValue());
      try (TextModel model = TextFixtures.model(folder)) {
        int[] ids = model.tokenizer().encode(c.get("text").textValue(), false);
        assertArrayEquals(TextFixtures.ids(c.get("ids")), ids, c::toString);
      }
    }
  }

  // Servers encode one text at a time, so the contract has no pairs.
  private static List<JsonNode> single(JsonNode golden) {
    List<JsonNode> single = new ArrayList<>();
    golden
        .get("cases")
        .forEach(c -> {
          if (!c.has("text_pair")) {
            single.add(c);
          }
        });
    assertTrue(single.size() >= 98);
    return single;
  }

  private static JsonNode golden(String name) {
    return TextFixtures.json(TextFixtures.TOKENIZERS.resolve(name).resolve("golden.json"));
  }

  private static String joined(Detokenizer detokenizer, int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.push(id));
    }
    return text.append(detokenizer.flush()).toString();
  }

  private static boolean contains(int[] ids, int wanted) {
    for (int id : ids) {
      if (id == wanted) {
        return true;
      }
    }
    return false;
  }
}
