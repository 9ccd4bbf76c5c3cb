package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the chat templates of a model folder in the three places where they may stand. */
final class ChatTemplateReader {
  private static final String SUFFIX = ".jinja";

  private ChatTemplateReader() {}

  /**
   * @param config the content of tokenizer_config.json; may be an empty object
   */
  static ChatTemplateSources read(Path folder, JsonNode config, TextLimits limits) {
    Map<String, String> byName = new LinkedHashMap<>();
    ModelTextFile.read(folder.resolve("chat_template.jinja"), limits.configFileBytes())
        .ifPresent(text -> byName.put(ChatTemplateSources.DEFAULT, text));
    for (Path file : additional(folder.resolve("additional_chat_templates"), limits)) {
      String name = file.getFileName().toString();
      ModelTextFile.read(file, limits.configFileBytes())
          .ifPresent(text -> byName.put(name.substring(0, name.length() - SUFFIX.length()), text));
    }
    if (byName.isEmpty()) {
      inConfig(config.path("chat_template"), byName);
    }
    return new ChatTemplateSources(byName);
  }

  private static List<Path> additional(Path folder, TextLimits limits) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files =
          all.filter(f -> f.getFileName().toString().endsWith(SUFFIX))
              .limit(limits.templateFiles() + 1L)
              .sorted()
              .toList();
    } catch (IOException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "additional_chat_templates can't be read: " + e.getMessage(),
          e);
    }
    if (files.size() > limits.templateFiles()) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "additional_chat_templates must hold at most %d templates. Given: more"
              .formatted(limits.templateFiles()));
    }
    return files;
  }

  private static void inConfig(JsonNode templates, Map<String, String> into) {
    if (templates.isMissingNode() || templates.isNull()) {
      return;
    }
    if (templates.isTextual()) {
      into.put(ChatTemplateSources.DEFAULT, templates.textValue());
    } else if (templates.isArray()) {
      templates.forEach(t -> put(t.path("name"), t.path("template"), into));
    } else {
      throw invalid();
    }
  }

  private static void put(JsonNode name, JsonNode template, Map<String, String> into) {
    if (!name.isTextual() || !template.isTextual()) {
      throw invalid();
    }
    into.put(name.textValue(), template.textValue());
  }

  private static LorikeetException invalid() {
    return new LorikeetException(
        ErrorCode.MODEL_TOKENIZER_INVALID,
        "tokenizer_config.json: `chat_template` must be a string or a list of objects with `name`"
            + " and `template`");
  }
}
