package io.lorikeet.engine.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a tokenizer.json agree with the tokens that the configuration files declare, as
 * transformers does after loading: a declared token of the vocabulary becomes an added token, and
 * one that the configuration calls special becomes special. Most folders need neither.
 */
final class TokenDeclarations {
  private static final Logger LOG = LoggerFactory.getLogger(TokenDeclarations.class);

  private TokenDeclarations() {}

  /** The tokenizer.json to use: the given text itself where nothing is to be changed. */
  static String apply(
      String json, Vocabulary vocabulary, Collection<DeclaredToken> declared, TextLimits limits) {
    Map<String, DeclaredToken> changes = new LinkedHashMap<>();
    for (DeclaredToken token : declared) {
      String content = token.content();
      if (content.isEmpty()) {
        continue;
      }
      if (vocabulary.id(content).isEmpty()) {
        // The model has no embedding for it: as plain text it keeps a meaning.
        LOG.warn(
            "the configuration declares the token {}, which is not in tokenizer.json", content);
      } else if (!vocabulary.isAdded(content)
          || (token.special() && !vocabulary.isSpecial(content))) {
        changes.put(content, token);
      }
    }
    return changes.isEmpty() ? json : rewrite(json, vocabulary, changes, limits);
  }

  private static String rewrite(
      String json, Vocabulary vocabulary, Map<String, DeclaredToken> changes, TextLimits limits) {
    ObjectMapper mapper = ModelTextFile.mapper(limits);
    try {
      ObjectNode root = (ObjectNode) mapper.readTree(json);
      ArrayNode added = root.withArrayProperty("added_tokens");
      for (JsonNode entry : List.copyOf(added.valueStream().toList())) {
        DeclaredToken token = changes.remove(entry.path("content").asText());
        if (token != null && token.special()) {
          ((ObjectNode) entry).put("special", true);
        }
      }
      for (DeclaredToken token : changes.values()) {
        added
            .addObject()
            .put("id", vocabulary.id(token.content()).orElseThrow())
            .put("content", token.content())
            .put("single_word", token.singleWord())
            .put("lstrip", token.lstrip())
            .put("rstrip", token.rstrip())
            .put("normalized", token.normalized())
            .put("special", token.special());
      }
      return mapper.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json is not valid JSON: " + ModelTextFile.reason(e),
          e);
    }
  }
}
