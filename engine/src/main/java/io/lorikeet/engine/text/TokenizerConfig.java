package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * tokenizer_config.json and special_tokens_map.json, as far as they change what requests get. The
 * first stands before the second. Fields for other tokenizer classes, and {@code
 * clean_up_tokenization_spaces}, which servers do not apply, are left alone.
 *
 * @param special the special tokens
 * @param declared every token that the files declare, special ones and others
 * @param addBos {@code add_bos_token}, where it stands in the file
 * @param addEos {@code add_eos_token}, where it stands in the file
 * @param prefixSpace {@code add_prefix_space}, where it stands in the file
 * @param templates the chat templates of the folder
 */
record TokenizerConfig(
    SpecialTokens special,
    Collection<DeclaredToken> declared,
    Optional<Boolean> addBos,
    Optional<Boolean> addEos,
    Optional<Boolean> prefixSpace,
    ChatTemplateSources templates) {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String MAP = "special_tokens_map.json";
  private static final List<String> NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  static TokenizerConfig read(Path folder, TextLimits limits) {
    JsonNode config = object(folder, CONFIG, limits);
    if (flag(config, "split_special_tokens").orElse(false)) {
      throw new LorikeetException(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          CONFIG + ": `split_special_tokens` must be false. Given: true");
    }
    Reading reading = new Reading();
    reading.tokens(CONFIG, config);
    reading.tokens(MAP, object(folder, MAP, limits));
    return new TokenizerConfig(
        new SpecialTokens(reading.named, reading.extra),
        List.copyOf(reading.declared.values()),
        flag(config, "add_bos_token"),
        flag(config, "add_eos_token"),
        flag(config, "add_prefix_space"),
        ChatTemplateReader.read(folder, config, limits));
  }

  private static JsonNode object(Path folder, String name, TextLimits limits) {
    return ModelTextFile.readObject(folder.resolve(name), limits).orElse(MissingNode.getInstance());
  }

  private static Optional<Boolean> flag(JsonNode config, String field) {
    JsonNode value = config.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw invalid(CONFIG, field, "true or false");
    }
    return Optional.of(value.booleanValue());
  }

  private static LorikeetException invalid(String file, String field, String wanted) {
    return new LorikeetException(
        ErrorCode.MODEL_TOKENIZER_INVALID, "%s: `%s` must be %s".formatted(file, field, wanted));
  }

  /** Collects tokens; what was found first stays. */
  private static final class Reading {
    final Map<String, String> named = new LinkedHashMap<>();
    final List<String> extra = new ArrayList<>();
    final Map<String, DeclaredToken> declared = new LinkedHashMap<>();

    void tokens(String file, JsonNode config) {
      // First, for it knows the flags of tokens that other fields give as plain strings.
      for (JsonNode token : config.path("added_tokens_decoder")) {
        if (!token.path("content").isTextual()) {
          throw invalid(file, "added_tokens_decoder", "an object of tokens with `content`");
        }
        DeclaredToken added = DeclaredToken.of(token, token.path("special").asBoolean());
        declared.putIfAbsent(added.content(), added);
      }
      for (String name : NAMES) {
        named(file, name, config.path(name));
      }
      extra(file, "extra_special_tokens", config);
      extra(file, "additional_special_tokens", config);
      extra(file, "model_specific_special_tokens", config);
    }

    private void extra(String file, String field, JsonNode config) {
      JsonNode tokens = config.path(field);
      if (tokens.isObject()) {
        tokens.properties().forEach(e -> named(file, e.getKey(), e.getValue()));
      } else if (tokens.isArray()) {
        for (JsonNode token : tokens) {
          String content = special(file, field, token);
          if (!extra.contains(content)) {
            extra.add(content);
          }
        }
      } else if (!tokens.isMissingNode() && !tokens.isNull()) {
        throw invalid(file, field, "a list or an object of tokens");
      }
    }

    private void named(String file, String name, JsonNode token) {
      if (!token.isMissingNode() && !token.isNull()) {
        named.putIfAbsent(name, special(file, name, token));
      }
    }

    private String special(String file, String field, JsonNode token) {
      DeclaredToken found;
      if (token.isTextual()) {
        found = DeclaredToken.named(token.textValue());
      } else if (token.path("content").isTextual()) {
        found = DeclaredToken.of(token, true);
      } else {
        throw invalid(file, field, "a string or an object with `content`");
      }
      declared.merge(found.content(), found, (old, now) -> old.special() ? old : old.asSpecial());
      return found.content();
    }
  }
}
