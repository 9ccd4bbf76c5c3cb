package io.lorikeet.engine.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.ConfinedPath;
import io.lorikeet.engine.format.FileFamily;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares the tokenizer files that training tools leave beside an adapter with those of its base.
 * Everybody's texts are encoded by the base's, so an adapter that knows other ids must not be
 * served. Compares content: copies that are written anew agree.
 */
final class TokenizerAgreement {
  private static final String TOKENIZER = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String ADDED = "added_tokens.json";
  private static final List<String> FILES =
      List.of(TOKENIZER, CONFIG, ADDED, "special_tokens_map.json", "chat_template.jinja");
  private static final int BRIEF_CHARS = 80;

  private final TokenizerJson base;
  private final TokenizerConfig config;
  private final TextLimits limits;
  private final Map<String, Integer> ids;
  private final Set<String> declared = new HashSet<>();
  private final Set<String> added;

  /**
   * @param folder of the base
   * @param base as in its file
   */
  TokenizerAgreement(Path folder, TokenizerJson base, TokenizerConfig config, TextLimits limits) {
    this.base = base;
    this.config = config;
    this.limits = limits;
    ids = declaredIds(folder);
    ids.putAll(base.vocabulary().ids());
    config.declared().forEach(token -> declared.add(token.content()));
    added = new HashSet<>(base.vocabulary().added());
    added.addAll(declared);
  }

  /**
   * Compares an adapter's files, as far as they are there.
   *
   * @return what an operator should know and what does not change the ids of texts
   * @throws LorikeetException ADAPTER_TOKENIZER_MISMATCH, ADAPTER_PATH_FORBIDDEN,
   *     ADAPTER_WEIGHTS_MISSING for a link that leads nowhere
   */
  List<String> check(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    FILES.forEach(name -> ConfinedPath.resolve(absolute, name, FileFamily.ADAPTER));
    try {
      return compare(absolute);
    } catch (LorikeetException e) {
      throw e.code() == ErrorCode.ADAPTER_TOKENIZER_MISMATCH ? e : incomparable(e);
    }
  }

  private List<String> compare(Path folder) {
    Optional<TokenizerJson> own =
        ModelTextFile.read(folder.resolve(TOKENIZER), limits.tokenizerFileBytes())
            .map(json -> TokenizerJson.read(json, limits));
    TokenizerConfig ownConfig = TokenizerConfig.read(folder, limits);
    checkIds(CONFIG + " or " + ADDED, declaredIds(folder));
    own.ifPresent(this::checkTokenizer);
    for (DeclaredToken token : ownConfig.declared()) {
      checkDeclared(token.content());
    }
    return warnings(own, ownConfig);
  }

  private void checkTokenizer(TokenizerJson own) {
    checkIds(TOKENIZER, own.vocabulary().ids());
    for (String token : base.vocabulary().ids().keySet()) {
      if (own.vocabulary().id(token).isEmpty()) {
        throw mismatch("%s must have the base's token %s".formatted(TOKENIZER, brief(token)));
      }
    }
    if (!own.rules().modelHash().equals(base.rules().modelHash())) {
      throw mismatch(
          "%s must have the base's merges, scores and model options".formatted(TOKENIZER));
    }
    own.vocabulary().added().forEach(this::checkDeclared);
    base.rules()
        .addedFlags()
        .forEach((token, flags) -> {
          if (!flags.equals(own.rules().addedFlags().get(token))) {
            throw mismatch(
                "%s must look for the added token %s as the base does"
                    .formatted(TOKENIZER, brief(token)));
          }
        });
  }

  private void checkIds(String file, Map<String, Integer> given) {
    given.forEach((token, id) -> {
      Integer expected = ids.get(token);
      if (expected == null && !declared.contains(token)) {
        throw mismatch("%s: the base has no token %s. Given: %d".formatted(file, brief(token), id));
      }
      if (expected != null && !expected.equals(id)) {
        throw mismatch(
            "%s: %s must have the base's id %d. Given: %d"
                .formatted(file, brief(token), expected, id));
      }
    });
  }

  // An added token is cut out of texts, so that they have other ids than without it.
  private void checkDeclared(String token) {
    if (!token.isEmpty() && !added.contains(token)) {
      throw mismatch("%s must be an added token of the base as well".formatted(brief(token)));
    }
  }

  private List<String> warnings(Optional<TokenizerJson> own, TokenizerConfig ownConfig) {
    List<String> warnings = new ArrayList<>();
    own.map(TokenizerJson::rules)
        .ifPresent(rules -> {
          Optional<JsonNode> normalizer = Optional.of(base.rules().normalizer());
          warnIfOther(warnings, "`normalizer`", normalizer, Optional.of(rules.normalizer()));
          Optional<JsonNode> preTokenizer = Optional.of(base.rules().preTokenizer());
          warnIfOther(warnings, "`pre_tokenizer`", preTokenizer, Optional.of(rules.preTokenizer()));
        });
    warnIfOther(warnings, "`bos_token`", config.special().bos(), ownConfig.special().bos());
    warnIfOther(warnings, "`eos_token`", config.special().eos(), ownConfig.special().eos());
    warnIfOther(warnings, "`add_bos_token`", config.addBos(), ownConfig.addBos());
    warnIfOther(warnings, "`add_eos_token`", config.addEos(), ownConfig.addEos());
    warnIfOther(warnings, "chat template", template(config), template(ownConfig));
    return warnings;
  }

  private static Optional<String> template(TokenizerConfig config) {
    // Rendering drops a last line break.
    return config
        .templates()
        .usual()
        .map(text -> text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
  }

  private static void warnIfOther(
      List<String> warnings, String what, Optional<?> base, Optional<?> own) {
    if (own.isPresent() && !own.equals(base)) {
      warnings.add("it has a " + what + " of its own; the base's is used");
    }
  }

  /** The ids that the configuration files give tokens. */
  private Map<String, Integer> declaredIds(Path folder) {
    Map<String, Integer> found = new HashMap<>();
    ModelTextFile.readObject(folder.resolve(CONFIG), limits)
        .ifPresent(json -> {
          for (Map.Entry<String, JsonNode> entry : json.path("added_tokens_decoder").properties()) {
            JsonNode content = entry.getValue().path("content");
            found.put(content.asText(), id(CONFIG, entry.getKey()));
          }
        });
    ModelTextFile.readObject(folder.resolve(ADDED), limits)
        .ifPresent(json -> {
          for (Map.Entry<String, JsonNode> entry : json.properties()) {
            found.put(entry.getKey(), id(ADDED, entry.getValue().toString()));
          }
        });
    return found;
  }

  private static int id(String file, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "%s: an id must be an integer. Given: %s".formatted(file, brief(text)),
          e);
    }
  }

  private static LorikeetException mismatch(String message) {
    return new LorikeetException(
        ErrorCode.ADAPTER_TOKENIZER_MISMATCH,
        "the adapter's tokenizer is not the base's: " + message);
  }

  // Only what the disk did may be otherwise next time.
  private static LorikeetException incomparable(LorikeetException e) {
    String message = "the adapter's tokenizer can't be compared with the base's: " + e.getMessage();
    boolean disk =
        e.getCause() instanceof IOException
            && !(e.getCause() instanceof JsonProcessingException)
            && !(e.getCause() instanceof CharacterCodingException);
    Throwable cause = e.getCause();
    return disk && cause != null
        ? new LorikeetException(ErrorCode.ADAPTER_TOKENIZER_MISMATCH, message, cause)
        : new LorikeetException(ErrorCode.ADAPTER_TOKENIZER_MISMATCH, message);
  }

  private static String brief(String token) {
    String text = token.length() > BRIEF_CHARS ? token.substring(0, BRIEF_CHARS) + "..." : token;
    return "`" + text.replaceAll("\\p{Cntrl}", "?") + "`";
  }
}
