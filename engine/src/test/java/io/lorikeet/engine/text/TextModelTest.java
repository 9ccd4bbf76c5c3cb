package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TextModelTest {
  @TempDir private Path folder;

  @Test
  void demoModelsPromptsAndAnswersAreTheGoldenOnes() {
    JsonNode golden = TextFixtures.json(TextFixtures.DEMO.resolve("golden.json"));
    try (TextModel model = TextFixtures.model(TextFixtures.DEMO)) {
      for (JsonNode run : golden.get("runs")) {
        int[] prompt = TextFixtures.ids(run.get("prompt_ids"));
        assertArrayEquals(prompt, model.tokenizer().encode(run.get("prompt").textValue(), false));
        Detokenizer detokenizer = model.detokenizers().create(prompt, true);
        StringBuilder text = new StringBuilder();
        for (int id : TextFixtures.ids(run.get("greedy_ids"))) {
          text.append(detokenizer.push(id));
        }
        assertEquals(
            run.get("text").textValue(), text.append(detokenizer.flush()).toString().strip());
      }
      assertEquals("<|im_end|>", model.specialTokens().eos().orElseThrow());
      assertEquals(List.of("<|im_start|>", "<|im_end|>"), model.specialTokens().extra());
      assertTrue(model.chatTemplates().usual().orElseThrow().contains("im_start"));
    }
  }

  @Test
  void folderWithoutTokenizerHasNoTextSide() {
    assertTrue(TextModel.load(folder).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"model\": {}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0.5}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 99999999999}, \"merges\": []}}",
        "{\"model\": {\"type\": \"Nothing\", \"vocab\": {\"a\": 0}}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []},"
            + " \"decoder\": {\"type\": \"Unheard\"}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []},"
            + " \"added_tokens\": [{\"content\": \"b\"}]}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []},"
            + " \"added_tokens\": [{\"content\": \"b\", \"id\": 1, \"special\": 1}]}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"a\": 1}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"decoder\": null,"
            + " \"decoder\": {\"type\": \"ByteLevel\"}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}} {}"
      })
  void brokenTokenizerIsRefusedWithItsCode(String json) {
    TextFixtures.write(folder.resolve("tokenizer.json"), json);
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder));
  }

  @Test
  void tokenizerFileIsBounded() {
    TextFixtures.write(folder.resolve("tokenizer.json"), " ".repeat(101));
    TextLimits limits = new TextLimits(100, 100, 100, 64, 1);
    TextFixtures.assertCode(
        ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder, limits));
  }

  @Test
  void tokenIdsAreBounded() {
    String json =
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": []}}";
    TextFixtures.write(folder.resolve("tokenizer.json"), json);
    TextLimits two = new TextLimits(1000, 1000, 2, 64, 1);
    TextLimits one = new TextLimits(1000, 1000, 1, 64, 1);
    TextModel.load(folder, two).orElseThrow().close();
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder, one));
  }

  @Test
  void textsAreNeitherTruncatedNorPadded() {
    ObjectNode json =
        (ObjectNode)
            TextFixtures.json(TextFixtures.TOKENIZERS.resolve("bytelevel-gpt2/tokenizer.json"));
    json.putObject("truncation")
        .put("direction", "Right")
        .put("max_length", 2)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    ObjectNode padding = json.putObject("padding");
    padding.putObject("strategy").put("Fixed", 64);
    padding
        .put("direction", "Right")
        .putNull("pad_to_multiple_of")
        .put("pad_id", 0)
        .put("pad_type_id", 0)
        .put("pad_token", "!");
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    try (TextModel plain = TextFixtures.model(TextFixtures.TOKENIZERS.resolve("bytelevel-gpt2"));
        TextModel model = TextFixtures.model(folder)) {
      int[] expected = plain.tokenizer().encode("The bird sings.", true);
      assertTrue(expected.length > 2 && expected.length < 64);
      assertArrayEquals(expected, model.tokenizer().encode("The bird sings.", true));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model, dropout, 0.1",
    "model, dropout, '\"0\"'",
    "model, alpha, 0.5",
    "model, nbest_size, 4",
    "'', stray, 1",
    "'', model2, {}"
  })
  void fieldThatIsNotKnownOrMakesIdsRandomIsRefused(String place, String field, String value) {
    ObjectNode json = gpt2();
    ObjectNode object = place.isEmpty() ? json : (ObjectNode) json.get(place);
    object.set(field, TextFixtures.parse(value));
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    TextFixtures.assertCode(ErrorCode.MODEL_FIELD_UNSUPPORTED, () -> TextModel.load(folder));

    object.remove(field);
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    TextFixtures.model(folder).close();
  }

  @Test
  void fieldsThatAreOffAreNone() {
    ObjectNode json = gpt2();
    ((ObjectNode) json.get("model")).put("dropout", 0.0).putNull("alpha");
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    TextFixtures.model(folder).close();
  }

  @Test
  void prefixSpaceOfTheConfigurationMustBeThatOfTheTokenizer() {
    TextFixtures.copyTokenizer("bytelevel-gpt2", folder);
    Path config = folder.resolve("tokenizer_config.json");
    TextFixtures.write(config, "{\"add_prefix_space\": true}");
    TextFixtures.assertCode(ErrorCode.MODEL_FIELD_UNSUPPORTED, () -> TextModel.load(folder));
    TextFixtures.write(config, "{\"add_prefix_space\": false}");
    TextFixtures.model(folder).close();
  }

  @Test
  void addedTokenWithAnIdThatTheEncoderDoesNotUseIsRefused() {
    ObjectNode json = gpt2();
    ObjectNode added = json.withArrayProperty("added_tokens").addObject();
    added.put("id", 900).put("content", "<far>").put("single_word", false).put("lstrip", false);
    added.put("rstrip", false).put("normalized", false).put("special", true);
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder));

    added.put("id", 701);
    TextFixtures.write(folder.resolve("tokenizer.json"), json.toString());
    try (TextModel model = TextFixtures.model(folder)) {
      assertArrayEquals(new int[] {701}, model.tokenizer().encode("<far>", false));
      assertEquals("<far>", decode(model, "<far>", false));
    }
  }

  private static ObjectNode gpt2() {
    return (ObjectNode)
        TextFixtures.json(TextFixtures.TOKENIZERS.resolve("bytelevel-gpt2/tokenizer.json"));
  }

  @Test
  void fileThatIsNotUtf8IsRefused() throws IOException {
    Files.write(folder.resolve("tokenizer.json"), new byte[] {'"', (byte) 0xC3, '"'});
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder));
  }

  @Test
  void folderInPlaceOfTheTokenizerFileIsRefused() throws IOException {
    Files.createDirectory(folder.resolve("tokenizer.json"));
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> TextModel.load(folder));
  }

  @Test
  void splittingSpecialTokensIsRefused() {
    TextFixtures.copyTokenizer("bytelevel-gpt2", folder);
    TextFixtures.write(folder.resolve("tokenizer_config.json"), "{\"split_special_tokens\": true}");
    TextFixtures.assertCode(ErrorCode.MODEL_FIELD_UNSUPPORTED, () -> TextModel.load(folder));
    TextFixtures.write(
        folder.resolve("tokenizer_config.json"), "{\"split_special_tokens\": false}");
    TextFixtures.model(folder).close();
  }

  @Test
  void beginTokenOfTheConfigurationReplacesThatOfThePostProcessor() {
    TextFixtures.copyTokenizer("bytelevel-llama3", folder);
    Path config = folder.resolve("tokenizer_config.json");
    String tokens = "\"bos_token\": \"<|begin_of_text|>\", \"eos_token\": \"<|eot_id|>\"";
    try (TextModel model = TextFixtures.model(folder)) {
      int begin = model.tokenizer().tokenId("<|begin_of_text|>").orElseThrow();
      int end = model.tokenizer().tokenId("<|eot_id|>").orElseThrow();
      int[] plain = model.tokenizer().encode("Hi", false);
      assertArrayEquals(around(begin, plain, -1), model.tokenizer().encode("Hi", true));

      TextFixtures.write(config, "{%s, \"add_bos_token\": false}".formatted(tokens));
      assertArrayEquals(plain, encode("Hi"));
      TextFixtures.write(config, "{%s, \"add_eos_token\": true}".formatted(tokens));
      assertArrayEquals(around(-1, plain, end), encode("Hi"));
      TextFixtures.write(
          config, "{%s, \"add_bos_token\": true, \"add_eos_token\": true}".formatted(tokens));
      assertArrayEquals(around(begin, plain, end), encode("Hi"));
    }
  }

  @Test
  void tokenThatTheConfigurationCallsSpecialIsSkippedAndCutOut() {
    TextFixtures.copyTokenizer("bytelevel-qwen", folder);
    try (TextModel model = TextFixtures.model(folder)) {
      assertEquals("<think>", decode(model, "<think>", true));
    }
    TextFixtures.write(
        folder.resolve("tokenizer_config.json"), "{\"extra_special_tokens\": [\"<think>\"]}");
    try (TextModel model = TextFixtures.model(folder)) {
      assertEquals("", decode(model, "<think>", true));
      assertEquals("<think>", decode(model, "<think>", false));
    }
  }

  @Test
  void declaredTokenWithoutAnIdStaysPlainText() {
    TextFixtures.copyTokenizer("bytelevel-gpt2", folder);
    TextFixtures.write(
        folder.resolve("tokenizer_config.json"), "{\"pad_token\": \"<never-seen>\"}");
    try (TextModel model = TextFixtures.model(folder)) {
      assertTrue(model.tokenizer().tokenId("<never-seen>").isEmpty());
      assertEquals("<never-seen>", decode(model, "<never-seen>", true));
    }
  }

  @Test
  void unpairedSurrogatesAreRefused() {
    try (TextModel model = TextFixtures.model(TextFixtures.DEMO)) {
      for (String text : new String[] {"\uD83E", "a\uDC00b", "\uD83E\uD83E\uDD9C", "x\uD83E"}) {
        TextFixtures.assertCode(
            ErrorCode.REQUEST_INVALID, () -> model.tokenizer().encode(text, false));
      }
      assertTrue(model.tokenizer().encode("\uD83E\uDD9C", false).length > 0);
    }
  }

  @Test
  void closeWaitsForThreadsThatEncodeAndLaterCallsFail() throws Exception {
    int threads = 8;
    TextModel model = TextFixtures.model(TextFixtures.DEMO);
    String text = "Many threads share one tokenizer. ".repeat(20);
    int[] expected = model.tokenizer().encode(text, false);
    CountDownLatch running = new CountDownLatch(threads);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        counts.add(pool.submit(() -> encodeUntilClosed(model, text, expected, running)));
      }
      assertTrue(running.await(60, TimeUnit.SECONDS));
      model.close();
      model.close();
      for (Future<Integer> count : counts) {
        assertTrue(count.get(60, TimeUnit.SECONDS) >= 10);
      }
    }
    assertThrows(IllegalStateException.class, () -> model.tokenizer().encode("a", false));
  }

  private static int encodeUntilClosed(
      TextModel model, String text, int[] expected, CountDownLatch running) {
    int count = 0;
    while (true) {
      try {
        assertArrayEquals(expected, model.tokenizer().encode(text, false));
      } catch (IllegalStateException closed) {
        return count;
      }
      if (++count == 10) {
        running.countDown();
      }
    }
  }

  private int[] encode(String text) {
    try (TextModel model = TextFixtures.model(folder)) {
      return model.tokenizer().encode(text, true);
    }
  }

  private static String decode(TextModel model, String text, boolean skipSpecialTokens) {
    Detokenizer detokenizer = model.detokenizers().create(new int[0], skipSpecialTokens);
    StringBuilder out = new StringBuilder();
    for (int id : model.tokenizer().encode(text, false)) {
      out.append(detokenizer.push(id));
    }
    return out.append(detokenizer.flush()).toString();
  }

  // -1: none
  private static int[] around(int begin, int[] ids, int end) {
    List<Integer> all = new ArrayList<>();
    if (begin >= 0) {
      all.add(begin);
    }
    for (int id : ids) {
      all.add(id);
    }
    if (end >= 0) {
      all.add(end);
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }
}
