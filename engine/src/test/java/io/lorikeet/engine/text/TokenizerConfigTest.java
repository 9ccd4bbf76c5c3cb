package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** tokenizer_config.json, special_tokens_map.json and the places where chat templates stand. */
final class TokenizerConfigTest {
  @TempDir private Path folder;

  @Test
  void folderWithoutConfigurationHasNoSpecialTokensAndNoTemplates() {
    TokenizerConfig config = read();
    assertTrue(config.special().named().isEmpty());
    assertTrue(config.special().extra().isEmpty());
    assertTrue(config.templates().usual().isEmpty());
    assertEquals(Optional.empty(), config.addBos());
  }

  @Test
  void specialTokensAreStringsOrObjects() {
    config(
        """
        {"bos_token": "<s>",
         "eos_token": {"content": "</s>", "lstrip": true, "normalized": false},
         "pad_token": null,
         "extra_special_tokens": ["<a>", {"content": "<b>"}],
         "additional_special_tokens": ["<a>", "<c>"],
         "add_bos_token": true, "add_eos_token": null}
        """);
    TokenizerConfig config = read();
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>"), config.special().named());
    assertEquals(List.of("<a>", "<b>", "<c>"), config.special().extra());
    assertEquals(Optional.of(true), config.addBos());
    assertEquals(Optional.empty(), config.addEos());
    assertTrue(
        config.declared().contains(new DeclaredToken("</s>", false, true, false, false, true)));
  }

  @Test
  void extraSpecialTokensWithNamesAreNamedTokens() {
    config("{\"extra_special_tokens\": {\"image_token\": \"<image>\"}}");
    assertEquals("<image>", read().special().named().get("image_token"));
  }

  @Test
  void mapFillsInWhatTheConfigurationLeavesOpen() {
    config("{\"bos_token\": \"<s>\"}");
    TextFixtures.write(
        folder.resolve("special_tokens_map.json"),
        "{\"bos_token\": \"<other>\", \"eos_token\": {\"content\": \"</s>\"}}");
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>"), read().special().named());
  }

  @Test
  void flagsOfTheDecoderTableHoldForTokensGivenAsStrings() {
    config(
        """
        {"added_tokens_decoder": {"7": {"content": "<x>", "rstrip": true, "special": false}},
         "eos_token": "<x>"}
        """);
    assertEquals(
        List.of(new DeclaredToken("<x>", false, false, true, true, true)),
        List.copyOf(read().declared()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"bos_token\": 7}",
        "{\"bos_token\": {\"text\": \"<s>\"}}",
        "{\"add_bos_token\": \"yes\"}",
        "{\"split_special_tokens\": 1}",
        "{\"extra_special_tokens\": \"<a>\"}",
        "{\"extra_special_tokens\": [1]}",
        "{\"added_tokens_decoder\": {\"7\": \"<x>\"}}",
        "{\"chat_template\": 7}",
        "{\"chat_template\": [\"x\"]}",
        "{\"chat_template\": [{\"name\": \"default\"}]}",
        "{} {}"
      })
  void brokenConfigurationIsRefusedWithItsCode(String json) {
    config(json);
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, this::read);
  }

  @Test
  void configurationIsBoundedInSizeAndDepth() {
    TextLimits limits = new TextLimits(60, 100, 10, 8, 1);
    config("{\"a\": " + "[".repeat(7) + "]".repeat(7) + "}");
    TokenizerConfig.read(folder, limits);
    config("{\"a\": " + "[".repeat(8) + "]".repeat(8) + "}");
    TextFixtures.assertCode(
        ErrorCode.MODEL_TOKENIZER_INVALID, () -> TokenizerConfig.read(folder, limits));
    config("{" + " ".repeat(58) + "}");
    TokenizerConfig.read(folder, limits);
    config("{" + " ".repeat(59) + "}");
    TextFixtures.assertCode(
        ErrorCode.MODEL_TOKENIZER_INVALID, () -> TokenizerConfig.read(folder, limits));
  }

  @Test
  void templateOfTheConfigurationIsTheUsualOne() {
    config("{\"chat_template\": \"inline\"}");
    assertEquals(Map.of("default", "inline"), read().templates().byName());
  }

  @Test
  void namedTemplatesOfTheConfigurationKeepTheirNames() {
    config(
        """
        {"chat_template": [{"name": "default", "template": "d"},
                           {"name": "tool_use", "template": "t"}]}
        """);
    assertEquals(Map.of("default", "d", "tool_use", "t"), read().templates().byName());
  }

  @Test
  void templateFileStandsBeforeTheConfiguration() {
    config("{\"chat_template\": \"inline\"}");
    TextFixtures.write(folder.resolve("chat_template.jinja"), "file");
    TextFixtures.write(folder.resolve("additional_chat_templates/rag.jinja"), "rag");
    TextFixtures.write(folder.resolve("additional_chat_templates/notes.txt"), "no template");
    assertEquals(Map.of("default", "file", "rag", "rag"), read().templates().byName());
    assertEquals(Optional.of("file"), read().templates().usual());
  }

  @Test
  void templateFilesAreBoundedInNumber() {
    TextLimits limits = new TextLimits(100, 100, 10, 8, 2);
    TextFixtures.write(folder.resolve("additional_chat_templates/a.jinja"), "a");
    TextFixtures.write(folder.resolve("additional_chat_templates/b.jinja"), "b");
    assertEquals(2, TokenizerConfig.read(folder, limits).templates().byName().size());
    TextFixtures.write(folder.resolve("additional_chat_templates/c.jinja"), "c");
    TextFixtures.assertCode(
        ErrorCode.MODEL_TOKENIZER_INVALID, () -> TokenizerConfig.read(folder, limits));
  }

  private void config(String json) {
    TextFixtures.write(folder.resolve("tokenizer_config.json"), json);
  }

  private TokenizerConfig read() {
    return TokenizerConfig.read(folder, TextLimits.DEFAULT);
  }
}
