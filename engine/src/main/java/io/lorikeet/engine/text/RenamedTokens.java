package io.lorikeet.engine.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;

/**
 * A tokenizer.json in which some tokens have other names, with the same ids: as added tokens and in
 * the model's vocabulary. Merges that would spell one of them are left out. Written as it is read,
 * for these files reach tens of megabytes.
 */
final class RenamedTokens {
  private final Map<String, String> names;
  private final ObjectReader reader;
  private final JsonParser in;
  private final JsonGenerator out;

  private RenamedTokens(
      Map<String, String> names, ObjectReader reader, JsonParser in, JsonGenerator out) {
    this.names = names;
    this.reader = reader;
    this.in = in;
    this.out = out;
  }

  /**
   * @param json a tokenizer.json that was read before
   * @param names new names by the old ones; no token has one of them
   */
  static String rewrite(String json, Map<String, String> names, TextLimits limits) {
    ObjectMapper mapper = ModelTextFile.mapper(limits);
    // What follows a value is the rest of the file.
    ObjectReader reader = mapper.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    StringWriter text = new StringWriter(json.length());
    try (JsonParser in = mapper.createParser(json);
        JsonGenerator out = mapper.createGenerator(text)) {
      in.nextToken();
      new RenamedTokens(names, reader, in, out).file();
    } catch (IOException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json is not valid JSON: " + ModelTextFile.reason(e),
          e);
    }
    return text.toString();
  }

  private void file() throws IOException {
    out.writeStartObject();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      out.writeFieldName(field);
      JsonToken value = in.nextToken();
      if (field.equals("added_tokens") && value == JsonToken.START_ARRAY) {
        added();
      } else if (field.equals("model")) {
        model();
      } else {
        out.copyCurrentStructure(in);
      }
    }
    out.writeEndObject();
  }

  private void added() throws IOException {
    out.writeStartArray();
    while (in.nextToken() == JsonToken.START_OBJECT) {
      JsonNode entry = reader.readTree(in);
      ObjectNode token = entry.deepCopy();
      token.put("content", renamed(token.path("content").asText()));
      out.writeTree(token);
    }
    out.writeEndArray();
  }

  private void model() throws IOException {
    out.writeStartObject();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      out.writeFieldName(field);
      JsonToken value = in.nextToken();
      switch (field) {
        case "vocab" -> vocabulary(value);
        case "merges" -> merges();
        default -> out.copyCurrentStructure(in);
      }
    }
    out.writeEndObject();
  }

  private void vocabulary(JsonToken start) throws IOException {
    if (start == JsonToken.START_OBJECT) {
      out.writeStartObject();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        out.writeFieldName(renamed(in.currentName()));
        in.nextToken();
        out.copyCurrentStructure(in);
      }
      out.writeEndObject();
      return;
    }
    out.writeStartArray();
    while (in.nextToken() == JsonToken.START_ARRAY) {
      JsonNode scored = reader.readTree(in);
      out.writeStartArray();
      out.writeString(renamed(scored.path(0).asText()));
      out.writeTree(scored.path(1));
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  private void merges() throws IOException {
    out.writeStartArray();
    for (JsonToken merge = in.nextToken(); merge != JsonToken.END_ARRAY; merge = in.nextToken()) {
      JsonNode node = reader.readTree(in);
      String both = node.asText();
      String left = node.isArray() ? node.path(0).asText() : both.substring(0, both.indexOf(' '));
      String right = node.isArray() ? node.path(1).asText() : both.substring(left.length() + 1);
      if (!names.containsKey(left)
          && !names.containsKey(right)
          && !names.containsKey(left + right)) {
        out.writeTree(node);
      }
    }
    out.writeEndArray();
  }

  private String renamed(String token) {
    return names.getOrDefault(token, token);
  }
}
