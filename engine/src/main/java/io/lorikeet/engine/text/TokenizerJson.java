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
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What decoding and comparing need of a tokenizer.json, read as a stream: these files reach tens of
 * megabytes, and most of that is merges, which only the encoder needs.
 */
record TokenizerJson(Vocabulary vocabulary, List<DecoderStep> decoder, EncoderRules rules) {
  /** Left to the encoder, or off there: {@code truncation} and {@code padding}. */
  private static final Set<String> ENCODER =
      Set.of("version", "truncation", "padding", "post_processor");

  private static final List<String> TOKEN_FLAGS =
      List.of("single_word", "lstrip", "rstrip", "normalized", "special");

  /** The fields of all kinds of models; the library knows which go together. */
  private static final Set<String> MODEL =
      Set.of(
          "type",
          "unk_token",
          "unk_id",
          "continuing_subword_prefix",
          "end_of_word_suffix",
          "max_input_chars_per_word",
          "fuse_unk",
          "byte_fallback",
          "ignore_merges");

  /**
   * @throws LorikeetException MODEL_TOKENIZER_INVALID if the file isn't what it should be;
   *     MODEL_FIELD_UNSUPPORTED for a field that isn't known, or makes ids random
   */
  static TokenizerJson read(String json, TextLimits limits) {
    ObjectMapper mapper = ModelTextFile.mapper(limits);
    // What follows a field's value is the rest of the file.
    ObjectReader value = mapper.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    Vocabulary.Builder vocabulary = new Vocabulary.Builder(limits.tokenIds());
    JsonNode added = MissingNode.getInstance();
    JsonNode decoder = MissingNode.getInstance();
    EncoderRules.Builder rules = new EncoderRules.Builder();
    boolean model = false;
    try (JsonParser parser = mapper.createParser(json)) {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the file");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken start = parser.nextToken();
        switch (field) {
          case "added_tokens" -> added = value.readTree(parser);
          case "decoder" -> decoder = value.readTree(parser);
          case "normalizer" -> rules.normalizer = value.readTree(parser);
          case "pre_tokenizer" -> rules.preTokenizer = value.readTree(parser);
          case "model" -> {
            expect(start, JsonToken.START_OBJECT, "`model`");
            readModel(parser, value, vocabulary, rules);
            model = true;
          }
          default -> {
            checkKnown(field, start, ENCODER);
            parser.skipChildren();
          }
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
    addTokens(added, vocabulary, rules);
    return new TokenizerJson(vocabulary.build(), DecoderStepReader.read(decoder), rules.build());
  }

  /** Whether the pre-tokenizer puts a space before a text, where it says so. */
  Optional<Boolean> prefixSpace() {
    JsonNode space = rules.preTokenizer().path("add_prefix_space");
    return space.isBoolean() ? Optional.of(space.booleanValue()) : Optional.empty();
  }

  private static void checkKnown(String field, JsonToken start, Set<String> known) {
    if (start != JsonToken.VALUE_NULL && !known.contains(field)) {
      throw unsupported(field, "absent, for it is not known");
    }
  }

  private static void readModel(
      JsonParser parser,
      ObjectReader reader,
      Vocabulary.Builder vocabulary,
      EncoderRules.Builder rules)
      throws IOException {
    boolean found = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "vocab" -> {
          found = true;
          readVocabulary(parser, value, vocabulary, rules);
        }
        case "merges" -> readMerges(parser, value, rules);
        case "dropout" -> checkDropout(reader.readTree(parser));
        default -> {
          checkKnown(field, value, MODEL);
          JsonNode node = reader.readTree(parser);
          rules.field(field, node);
          vocabulary.unknown(field, node);
        }
      }
    }
    if (!found) {
      throw invalid("`model.vocab` is missing");
    }
  }

  private static void readVocabulary(
      JsonParser parser, JsonToken start, Vocabulary.Builder vocabulary, EncoderRules.Builder rules)
      throws IOException {
    if (start == JsonToken.START_OBJECT) {
      readIdByToken(parser, vocabulary);
    } else {
      expect(start, JsonToken.START_ARRAY, "`model.vocab`");
      readScoredTokens(parser, vocabulary, rules);
    }
  }

  private static void readMerges(JsonParser parser, JsonToken start, EncoderRules.Builder rules)
      throws IOException {
    expect(start, JsonToken.START_ARRAY, "`model.merges`");
    JsonToken merge = parser.nextToken();
    while (merge != JsonToken.END_ARRAY) {
      if (merge == JsonToken.VALUE_STRING) {
        rules.merge(parser.getText());
      } else {
        expect(merge, JsonToken.START_ARRAY, "an entry of `model.merges`");
        expect(parser.nextToken(), JsonToken.VALUE_STRING, "the left half of a merge");
        String left = parser.getText();
        expect(parser.nextToken(), JsonToken.VALUE_STRING, "the right half of a merge");
        rules.merge(left, parser.getText());
        expect(parser.nextToken(), JsonToken.END_ARRAY, "what follows the halves of a merge");
      }
      merge = parser.nextToken();
    }
  }

  // Merges that are left out at random give a text other ids each time.
  private static void checkDropout(JsonNode dropout) {
    if (!dropout.isNull() && !(dropout.isNumber() && dropout.doubleValue() == 0)) {
      throw unsupported("model.dropout", "null or 0. Given: " + dropout);
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
  private static void readScoredTokens(
      JsonParser parser, Vocabulary.Builder vocabulary, EncoderRules.Builder rules)
      throws IOException {
    long id = 0;
    while (parser.nextToken() == JsonToken.START_ARRAY) {
      expect(parser.nextToken(), JsonToken.VALUE_STRING, "a token of `model.vocab`");
      vocabulary.token(parser.getText(), id++);
      if (!parser.nextToken().isNumeric()) {
        throw invalid("a token of `model.vocab` must have a score");
      }
      rules.score(parser.getDoubleValue());
      expect(parser.nextToken(), JsonToken.END_ARRAY, "what follows a score");
    }
  }

  private static void addTokens(
      JsonNode added, Vocabulary.Builder vocabulary, EncoderRules.Builder rules) {
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
      for (String flag : TOKEN_FLAGS) {
        if (token.has(flag) && !token.get(flag).isBoolean()) {
          throw invalid("`%s` of an added token must be true or false".formatted(flag));
        }
      }
      vocabulary.added(
          content.textValue(),
          id.longValue(),
          token.path("special").asBoolean(),
          token.path("normalized").asBoolean());
      rules.added(content.textValue(), token);
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
      case END_ARRAY -> "the end of a list";
      default -> token.asString() == null ? token.name() : token.asString();
    };
  }

  private static LorikeetException unsupported(String field, String wanted) {
    return new LorikeetException(
        ErrorCode.MODEL_FIELD_UNSUPPORTED,
        "tokenizer.json: `%s` must be %s".formatted(field, wanted));
  }

  private static LorikeetException invalid(String what) {
    return new LorikeetException(ErrorCode.MODEL_TOKENIZER_INVALID, "tokenizer.json: " + what);
  }
}
