package io.lorikeet.engine.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decoding needs of a tokenizer.json, read as a stream: these files reach tens of megabytes,
 * and most of that is merges, which only the encoder needs.
 */
record TokenizerJson(Vocabulary vocabulary, List<DecoderStep> decoder) {
  /**
   * @throws LorikeetException MODEL_TOKENIZER_INVALID if the file isn't what it should be
   */
  static TokenizerJson read(String json, TextLimits limits) {
    ObjectMapper mapper = ModelTextFile.mapper(limits);
    // What follows a field's value is the rest of the file.
    ObjectReader value = mapper.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    Vocabulary.Builder vocabulary = new Vocabulary.Builder(limits.tokenIds());
    JsonNode added = MissingNode.getInstance();
    JsonNode decoder = MissingNode.getInstance();
    boolean model = false;
    try (JsonParser parser = mapper.createParser(json)) {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the file");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken start = parser.nextToken();
        switch (field) {
          case "added_tokens" -> added = value.readTree(parser);
          case "decoder" -> decoder = value.readTree(parser);
          case "model" -> {
            expect(start, JsonToken.START_OBJECT, "`model`");
            readModel(parser, vocabulary);
            model = true;
          }
          default -> parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw invalid("nothing may follow the JSON object");
      }
    } catch (IOException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json is not valid JSON: " + ModelTextFile.reason(e),
          e);
    }
    if (!model) {
      throw invalid("`model` is missing");
    }
    addTokens(added, vocabulary);
    return new TokenizerJson(vocabulary.build(), DecoderStepReader.read(decoder));
  }

  private static void readModel(JsonParser parser, Vocabulary.Builder vocabulary)
      throws IOException {
    boolean found = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!field.equals("vocab")) {
        parser.skipChildren();
        continue;
      }
      found = true;
      if (value == JsonToken.START_OBJECT) {
        readIdByToken(parser, vocabulary);
      } else {
        expect(value, JsonToken.START_ARRAY, "`model.vocab`");
        readScoredTokens(parser, vocabulary);
      }
    }
    if (!found) {
      throw invalid("`model.vocab` is missing");
    }
  }

  private static void readIdByToken(JsonParser parser, Vocabulary.Builder vocabulary)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String token = parser.currentName();
      expect(parser.nextToken(), JsonToken.VALUE_NUMBER_INT, "an id of `model.vocab`");
      vocabulary.token(token, parser.getLongValue());
    }
  }

  /** Unigram: a list of [token, score]; the index is the id. */
  private static void readScoredTokens(JsonParser parser, Vocabulary.Builder vocabulary)
      throws IOException {
    long id = 0;
    while (parser.nextToken() == JsonToken.START_ARRAY) {
      expect(parser.nextToken(), JsonToken.VALUE_STRING, "a token of `model.vocab`");
      vocabulary.token(parser.getText(), id++);
      JsonToken rest = parser.nextToken();
      while (rest != JsonToken.END_ARRAY) {
        parser.skipChildren();
        rest = parser.nextToken();
      }
    }
  }

  private static void addTokens(JsonNode added, Vocabulary.Builder vocabulary) {
    if (added.isMissingNode() || added.isNull()) {
      return;
    }
    if (!added.isArray()) {
      throw invalid("`added_tokens` must be a list");
    }
    for (JsonNode token : added) {
      JsonNode content = token.path("content");
      JsonNode id = token.path("id");
      if (!content.isTextual() || !id.isIntegralNumber()) {
        throw invalid("an entry of `added_tokens` must have a `content` and an integer `id`");
      }
      vocabulary.added(
          content.textValue(),
          id.longValue(),
          token.path("special").asBoolean(),
          token.path("normalized").asBoolean());
    }
  }

  private static void expect(@Nullable JsonToken given, JsonToken wanted, String where) {
    if (given != wanted) {
      throw invalid("%s must be %s. Given: %s".formatted(where, name(wanted), name(given)));
    }
  }

  private static String name(@Nullable JsonToken token) {
    return switch (token) {
      case null -> "the end of the file";
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_NUMBER_INT -> "an integer";
      case VALUE_NUMBER_FLOAT -> "a fraction";
      case VALUE_STRING -> "a string";
      default -> token.asString() == null ? token.name() : token.asString();
    };
  }

  private static LorikeetException invalid(String what) {
    return new LorikeetException(ErrorCode.MODEL_TOKENIZER_INVALID, "tokenizer.json: " + what);
  }
}
