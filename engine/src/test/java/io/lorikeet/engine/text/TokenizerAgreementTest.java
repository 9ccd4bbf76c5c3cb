package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer files that lie beside an adapter. */
final class TokenizerAgreementTest {
  private static final String BASE = "spm-llama2";

  @TempDir private Path temp;
  private Path adapter;

  @BeforeEach
  void makeFolder() throws IOException {
    adapter = Files.createDirectory(temp.resolve("adapter"));
  }

  @Test
  void folderWithoutTokenizerFilesAgrees() {
    assertEquals(List.of(), check(BASE));
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void copiesAgree(String name) throws IOException {
    copyAll(name);
    assertEquals(List.of(), check(name));
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#tokenizers")
  void copiesThatAreWrittenAnewAgree(String name) throws IOException {
    copyAll(name);
    change(
        "tokenizer.json",
        json -> {
          json.putObject("truncation").put("max_length", 512);
          json.putObject("padding").put("pad_id", 0);
          ObjectNode model = (ObjectNode) json.get("model");
          sortByName(model);
          rewriteMerges(model);
          model.putNull("dropout").put("ignore_merges", model.path("ignore_merges").asBoolean());
        });
    change("tokenizer_config.json", json -> json.put("model_max_length", 17));
    assertEquals(List.of(), check(name));
  }

  private static void sortByName(ObjectNode model) {
    if (model.get("vocab") instanceof ObjectNode vocab) {
      ObjectNode sorted = model.objectNode();
      vocab.properties().stream()
          .sorted((a, b) -> a.getKey().compareTo(b.getKey()))
          .forEach(e -> sorted.set(e.getKey(), e.getValue()));
      model.set("vocab", sorted);
    }
  }

  /** From pairs to strings, as older libraries write them, or the other way round. */
  private static void rewriteMerges(ObjectNode model) {
    ArrayNode merges = model.arrayNode();
    for (JsonNode merge : model.path("merges")) {
      if (merge.isArray()) {
        merges.add(merge.get(0).textValue() + " " + merge.get(1).textValue());
      } else {
        String halves = merge.textValue();
        int space = halves.indexOf(' ');
        merges.addArray().add(halves.substring(0, space)).add(halves.substring(space + 1));
      }
    }
    if (!merges.isEmpty()) {
      model.set("merges", merges);
    }
  }

  @Test
  void otherIdsAreRefused() throws IOException {
    refusedAfter(
        "tokenizer.json",
        json -> {
          ObjectNode vocab = (ObjectNode) json.at("/model/vocab");
          int a = vocab.get("a").intValue();
          vocab.put("a", vocab.get("b").intValue()).put("b", a);
        });
  }

  @Test
  void tokensMoreOrLessAreRefused() throws IOException {
    refusedAfter("tokenizer.json", json -> ((ObjectNode) json.at("/model/vocab")).put("new", 5000));
    refusedAfter("tokenizer.json", json -> ((ObjectNode) json.at("/model/vocab")).remove("a"));
    refusedAfter("tokenizer.json", json -> added(json, 5000, "<pad>", true));
  }

  @Test
  void otherMergesAndModelOptionsAreRefused() throws IOException {
    refusedAfter("tokenizer.json", json -> ((ArrayNode) json.at("/model/merges")).remove(0));
    refusedAfter(
        "tokenizer.json",
        json -> {
          ArrayNode merges = (ArrayNode) json.at("/model/merges");
          merges.insert(0, merges.remove(1));
        });
    refusedAfter(
        "tokenizer.json", json -> ((ObjectNode) json.get("model")).put("byte_fallback", false));
    refusedAfter("tokenizer.json", json -> ((ObjectNode) json.get("model")).put("dropout", 0.1));
  }

  @Test
  void otherScoresAreRefused() throws IOException {
    copyAll("unigram-t5");
    change("tokenizer.json", json -> ((ArrayNode) json.at("/model/vocab/20")).set(1, -1.5));
    refused("unigram-t5");
  }

  @Test
  void tokensThatOnlyTheAdapterCutsOutAreRefused() throws IOException {
    refusedAfter(
        "tokenizer.json", json -> added(json, json.at("/model/vocab/a").intValue(), "a", false));
    refusedAfter("tokenizer_config.json", json -> json.put("pad_token", "a"));
    refusedAfter("special_tokens_map.json", json -> json.put("pad_token", "<never-seen>"));
    refusedAfter("tokenizer.json", json -> ((ArrayNode) json.get("added_tokens")).remove(0));
    refusedAfter(
        "tokenizer.json",
        json -> ((ObjectNode) json.at("/added_tokens/0")).put("single_word", true));
  }

  @Test
  void idsOfTheConfigurationFilesAreCompared() throws IOException {
    write("added_tokens.json", "{\"<s>\": 1}");
    assertEquals(List.of(), check(BASE));
    write("added_tokens.json", "{\"<s>\": 2}");
    refused(BASE);
    write("added_tokens.json", "{\"<pad>\": 32000}");
    refused(BASE);
    Files.delete(adapter.resolve("added_tokens.json"));

    write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"1\": {\"content\": \"<s>\"}}}");
    assertEquals(List.of(), check(BASE));
    write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"7\": {\"content\": \"<s>\"}}}");
    refused(BASE);
  }

  @Test
  void tokenThatTheBaseDeclaresButDoesNotKnowAgrees() throws IOException {
    Path base = Files.createDirectory(temp.resolve("base"));
    TextFixtures.copyTokenizer(BASE, base);
    TextFixtures.write(base.resolve("added_tokens.json"), "{\"<pad>\": 5000}");
    TextFixtures.write(base.resolve("tokenizer_config.json"), "{\"pad_token\": \"<pad>\"}");
    write("added_tokens.json", "{\"<pad>\": 5000}");
    write("special_tokens_map.json", "{\"pad_token\": \"<pad>\"}");
    try (TextModel model = TextFixtures.model(base)) {
      assertEquals(List.of(), model.checkAdapter(adapter));
      write("added_tokens.json", "{\"<pad>\": 5001}");
      TextFixtures.assertCode(
          ErrorCode.ADAPTER_TOKENIZER_MISMATCH, () -> model.checkAdapter(adapter));
    }
  }

  @Test
  void whatDoesNotChangeIdsIsAWarning() throws IOException {
    copyAll(BASE);
    change(
        "tokenizer.json",
        json -> {
          json.putNull("normalizer");
          json.putNull("pre_tokenizer");
          json.putNull("post_processor");
        });
    write(
        "tokenizer_config.json",
        """
        {"bos_token": "</s>", "eos_token": "<s>", "add_bos_token": false, "add_eos_token": true}
        """);
    List<String> warnings = check(BASE);
    for (String what : List.of("normalizer", "bos_token", "eos_token", "add_eos_token")) {
      String line = "it has a `" + what + "` of its own; the base's is used";
      assertTrue(warnings.contains(line), warnings + ": " + what);
    }
  }

  @Test
  void aTemplateOfItsOwnIsAWarning() throws IOException {
    String warning = "it has a chat template of its own; the base's is used";
    write("chat_template.jinja", "{{ messages }}");
    assertEquals(List.of(warning), check(BASE));
    Files.delete(adapter.resolve("chat_template.jinja"));
    write("tokenizer_config.json", "{\"chat_template\": \"{{ messages }}\"}");
    assertEquals(List.of(warning), check(BASE));
    try (TextModel demo = TextFixtures.model(TextFixtures.DEMO)) {
      write("tokenizer_config.json", "{}");
      write("chat_template.jinja", demo.chatTemplates().usual().orElseThrow() + "\n");
      assertEquals(List.of(), demo.checkAdapter(adapter));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokenizer.json",
        "tokenizer_config.json",
        "added_tokens.json",
        "special_tokens_map.json"
      })
  void filesThatCannotBeReadAreRefused(String name) {
    for (String text : List.of("", "{", "[]", "{} {}", "{\"a\": 1, \"a\": 2}", "\u0000")) {
      write(name, text);
      refused(BASE);
    }
    write(name, "[".repeat(100_000));
    refused(BASE);
  }

  @Test
  void filesAreBounded() throws IOException {
    copyAll(BASE);
    long bytes = Files.size(adapter.resolve("tokenizer.json"));
    Path base = TextFixtures.TOKENIZERS.resolve(BASE);
    TextLimits enough = new TextLimits(1 << 20, bytes, 5000, 64, 1);
    try (TextModel model = TextModel.load(base, enough).orElseThrow()) {
      assertEquals(List.of(), model.checkAdapter(adapter));
      write("tokenizer.json", Files.readString(adapter.resolve("tokenizer.json")) + " ");
      TextFixtures.assertCode(
          ErrorCode.ADAPTER_TOKENIZER_MISMATCH, () -> model.checkAdapter(adapter));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokenizer.json",
        "tokenizer_config.json",
        "added_tokens.json",
        "special_tokens_map.json",
        "chat_template.jinja"
      })
  void aLinkOutOfTheFolderIsForbidden(String name) throws IOException {
    Files.writeString(temp.resolve("secret"), "{}");
    Files.createSymbolicLink(adapter.resolve(name), temp.resolve("secret"));
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(BASE))) {
      TextFixtures.assertCode(ErrorCode.ADAPTER_PATH_FORBIDDEN, () -> model.checkAdapter(adapter));
    }
  }

  private static void added(ObjectNode json, int id, String content, boolean special) {
    ObjectNode token = json.withArrayProperty("added_tokens").addObject();
    token.put("id", id).put("content", content).put("special", special);
  }

  private void refusedAfter(String file, Consumer<ObjectNode> change) throws IOException {
    copyAll(BASE);
    assertEquals(List.of(), check(BASE));
    if (!Files.exists(adapter.resolve(file))) {
      write(file, "{}");
    }
    change(file, change);
    refused(BASE);
  }

  private void refused(String base) {
    TextFixtures.assertCode(ErrorCode.ADAPTER_TOKENIZER_MISMATCH, () -> check(base));
  }

  private List<String> check(String base) {
    try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(base))) {
      return model.checkAdapter(adapter);
    }
  }

  private void copyAll(String name) throws IOException {
    for (String file :
        List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
      Path from = TextFixtures.TOKENIZERS.resolve(name).resolve(file);
      if (Files.exists(from)) {
        write(file, Files.readString(from));
      }
    }
  }

  private void change(String file, Consumer<ObjectNode> change) {
    ObjectNode json = (ObjectNode) TextFixtures.json(adapter.resolve(file));
    change.accept(json);
    write(file, json.toString());
  }

  private void write(String file, String text) {
    TextFixtures.write(adapter.resolve(file), text);
  }
}
