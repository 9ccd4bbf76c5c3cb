package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.ChatText;
import io.lorikeet.engine.text.template.Origin;
import io.lorikeet.engine.text.template.TemplateInput;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Chats in which somebody spells the model's control tokens. */
class ChatTokenizerTest {
  private static final Path TEMPLATES = TextFixtures.ROOT.resolve("fixtures/chat-templates");
  private static final long SEED = 20_261_125;

  @Test
  void controlTokensOfMessagesStayTextInTheGoldenChats() throws IOException {
    JsonNode golden = TextFixtures.json(TEMPLATES.resolve("tokenized.json"));
    Instant now = LocalDateTime.parse(golden.get("now").textValue()).toInstant(ZoneOffset.UTC);
    int injections = 0;
    for (JsonNode c : golden.get("cases")) {
      String source = Files.readString(TEMPLATES.resolve(c.get("template").asText() + ".jinja"));
      Path folder = TextFixtures.TOKENIZERS.resolve(c.get("tokenizer").textValue());
      try (TextModel model = TextFixtures.model(folder);
          ChatTokenizer chats = model.chatTokenizer(source)) {
        List<JsonNode> messages = new ArrayList<>();
        c.get("messages").forEach(messages::add);
        ChatText text =
            ChatTemplate.compile(source, TemplateLimits.DEFAULT)
                .render(
                    input(messages, model.specialTokens().named(), true, now),
                    TemplateLimits.DEFAULT);

        assertEquals(c.get("text").textValue(), text.text());
        int[] ids = chats.encode(text, false);
        assertArrayEquals(
            TextFixtures.ids(c.get("ids_sanitized")),
            ids,
            () -> c + " " + java.util.Arrays.toString(ids));
        assertArrayEquals(
            TextFixtures.ids(c.get("ids")), model.tokenizer().encode(text.text(), false));
        injections += c.get("ids").equals(c.get("ids_sanitized")) ? 0 : 1;
      }
    }
    assertEquals(5, injections);
  }

  /** A text in pieces, each the template's or the request's. */
  private record Pieces(String template, List<JsonNode> messages, String text, boolean[] request) {
    ChatText render() {
      ChatText rendered =
          ChatTemplate.compile(template, TemplateLimits.DEFAULT)
              .render(input(messages, Map.of(), false, Instant.EPOCH), TemplateLimits.DEFAULT);
      assertEquals(text, rendered.text());
      return rendered;
    }
  }

  private static Pieces pieces(Random random, List<String> controls) {
    List<String> others =
        List.of(
            "a", " ", "  ", "Hi there", "\u00e9\ud83d\ude00", "</", "|>", "<|", "x\n", "\uff1c");
    StringBuilder template = new StringBuilder();
    StringBuilder text = new StringBuilder();
    List<JsonNode> messages = new ArrayList<>();
    List<Boolean> request = new ArrayList<>();
    for (int i = random.nextInt(1, 12); i > 0; i--) {
      List<String> from = random.nextBoolean() ? controls : others;
      String piece = from.get(random.nextInt(from.size()));
      boolean sent = random.nextBoolean();
      if (random.nextInt(4) == 0 && piece.length() > 2) {
        // Half of it here and half of it there makes no whole.
        piece = piece.substring(0, Character.isHighSurrogate(piece.charAt(1)) ? 1 : 2);
      }
      if (sent) {
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("content", piece);
        template.append("{{ messages[%d].content }}".formatted(messages.size()));
        messages.add(message);
      } else {
        template.append("{{ '").append(piece.replace("\n", "\\n")).append("' }}");
      }
      text.append(piece);
      piece.chars().forEach(_ -> request.add(sent));
    }
    boolean[] flags = new boolean[request.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = request.get(i);
    }
    return new Pieces(template.toString(), messages, text.toString(), flags);
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void noRandomMixtureLetsARequestSpeakAsTheTemplate(String name) {
    Random random = new Random(SEED);
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
      List<String> added = added(name);
      String mentions = String.join(" ", added);
      Set<Integer> controls = controls(model, added);
      try (ChatTokenizer chats = model.chatTokenizer(mentions)) {
        for (int round = 0; round < 300; round++) {
          Pieces pieces = pieces(random, added);
          ChatText text = pieces.render();
          TokenSpans spans = chats.encodeWithSpans(text, false);
          String what = "seed %d, round %d: %s".formatted(SEED, round, pieces);
          assertArrayEquals(spans.ids(), chats.encode(text, false), what);
          checkControls(controls, pieces, spans, what);
          if (name.startsWith("bytelevel") && !name.contains("roberta")) {
            assertEquals(pieces.text, decoded(model, spans.ids()), what);
          }
        }
      }
    }
  }

  private static void checkControls(
      Set<Integer> controls, Pieces pieces, TokenSpans spans, String what) {
    for (int i = 0; i < spans.ids().length; i++) {
      int from = pieces.text.offsetByCodePoints(0, spans.starts()[i]);
      int to = pieces.text.offsetByCodePoints(0, spans.ends()[i]);
      if (!controls.contains(spans.ids()[i])) {
        continue;
      }
      for (int at = from; at < to; at++) {
        boolean space = Character.isWhitespace(pieces.text.charAt(at));
        assertTrue(space || !pieces.request[at], what);
      }
    }
  }

  private static Set<Integer> controls(TextModel model, List<String> added) {
    return added.stream()
        .filter(t -> !t.equals("<unk>") && !t.equals("[UNK]"))
        .filter(t -> !t.codePoints().allMatch(ChatTokenizerTest::isWordLike))
        .map(t -> model.tokenizer().tokenId(t).orElseThrow())
        .collect(Collectors.toSet());
  }

  private static boolean isWordLike(int c) {
    return Character.isLetterOrDigit(c) || Character.isWhitespace(c) || c == '\u2581';
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void withoutSpelledControlTokensTheIdsAreThoseOfThePlainTokenizer(String name) {
    JsonNode golden =
        TextFixtures.json(TextFixtures.TOKENIZERS.resolve(name).resolve("golden.json"));
    List<String> added = added(name);
    int compared = 0;
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name));
        ChatTokenizer chats = model.chatTokenizer(String.join(" ", added))) {
      for (JsonNode c : golden.get("cases")) {
        String text = c.get("text").textValue();
        if (c.has("text_pair") || added.stream().anyMatch(text::contains)) {
          continue;
        }
        compared++;
        ChatText sent = new ChatText(text, Origin.request(text.length()));
        boolean special = c.get("add_special_tokens").booleanValue();
        assertArrayEquals(TextFixtures.ids(c.get("ids")), chats.encode(sent, special), text);
      }
    }
    assertTrue(compared >= 15, "compared: " + compared);
  }

  @Test
  void ordinaryAddedTokensAreEverybodys() {
    String template = "<start_of_turn>{{ messages[0].content }}<end_of_turn>\n\n";
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve("spm-gemma"));
        ChatTokenizer chats = model.chatTokenizer(template)) {
      String sent = "one\n\ntwo <unk> three";
      ChatText chat = new ChatText(sent, Origin.request(sent.length()));

      assertArrayEquals(model.tokenizer().encode(sent, false), chats.encode(chat, false));
      // Also beside one that is not.
      String spelled = sent + "<eos>";
      int[] ids = chats.encode(new ChatText(spelled, Origin.request(spelled.length())), false);
      assertTrue(contains(ids, model.tokenizer().tokenId("\n\n").orElseThrow()));
      assertFalse(contains(ids, model.tokenizer().tokenId("<eos>").orElseThrow()));
    }
  }

  @Test
  void anAddedTokenIsAControlTokenWhereTheTemplateWritesIt() {
    String spelled = "a <think> b";
    ChatText chat = new ChatText(spelled, Origin.request(spelled.length()));
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve("bytelevel-qwen"));
        ChatTokenizer without = model.chatTokenizer("{{ messages }}");
        ChatTokenizer with = model.chatTokenizer("{{ messages }}<think>")) {
      int think = model.tokenizer().tokenId("<think>").orElseThrow();

      assertTrue(contains(without.encode(chat, false), think));
      assertFalse(contains(with.encode(chat, false), think));
    }
  }

  @Test
  void placesAreThoseOfTheTextAsItWasWritten() {
    ChatText chat =
        ChatTemplate.compile(
                "<|im_start|>{{ messages[0].content }}<|im_end|>", TemplateLimits.DEFAULT)
            .render(
                input(
                    List.of(
                        JsonNodeFactory.instance
                            .objectNode()
                            .put("content", "\ud83d\ude00<|im_end|>")),
                    Map.of(),
                    false,
                    Instant.EPOCH),
                TemplateLimits.DEFAULT);
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve("bytelevel-qwen"));
        ChatTokenizer chats = model.chatTokenizer("<|im_start|><|im_end|>")) {
      TokenSpans spans = chats.encodeWithSpans(chat, false);

      int last = spans.ids().length - 1;
      assertEquals(0, spans.starts()[0]);
      assertEquals(12, spans.ends()[0]);
      assertEquals(12, spans.starts()[1]);
      assertEquals(13, spans.ends()[1]);
      assertEquals(23, spans.starts()[last]);
      assertEquals(33, spans.ends()[last]);
      assertEquals(model.tokenizer().tokenId("<|im_end|>").orElseThrow(), spans.ids()[last]);
    }
  }

  @Test
  void theNamesOfTheGuardCannotBeSpelledEither() {
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve("bytelevel-qwen"));
        ChatTokenizer chats = model.chatTokenizer("")) {
      String spelled = "<|im_end|>\ufdd0802\ufdd1";
      TextFixtures.assertCode(
          ErrorCode.REQUEST_INVALID,
          () -> chats.encode(new ChatText(spelled, Origin.request(spelled.length())), false));
      String alone = "\ufdd0802\ufdd1";
      assertArrayEquals(
          model.tokenizer().encode(alone, false),
          chats.encode(new ChatText(alone, Origin.request(alone.length())), false));
    }
  }

  private static List<String> added(String name) {
    List<String> added = new ArrayList<>();
    JsonNode file =
        TextFixtures.json(TextFixtures.TOKENIZERS.resolve(name).resolve("tokenizer.json"));
    ((ArrayNode) file.get("added_tokens")).forEach(t -> added.add(t.get("content").textValue()));
    return added;
  }

  private static String decoded(TextModel model, int[] ids) {
    Detokenizer detokenizer = model.detokenizers().create(new int[0], false);
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

  private static TemplateInput input(
      List<JsonNode> messages, Map<String, String> tokens, boolean prompt, Instant now) {
    return new TemplateInput(
        messages,
        Optional.empty(),
        Optional.empty(),
        prompt,
        false,
        tokens,
        new HashMap<>(),
        now,
        ZoneOffset.UTC);
  }
}
