package io.lorikeet.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The one configured JSON reader and writer of the server. */
public final class Json {
  /** Levels of arrays and objects in a request; schemas of tools are the deepest that occur. */
  public static final int DEPTH_MAX = 64;

  private static final int TYPICAL_BYTES = 512;
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();
  private static final JsonMapper MAPPER =
      JsonMapper.builder(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Json() {}

  /** Writes one value. */
  @FunctionalInterface
  public interface Value {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * Reads a request body: UTF-8, one object, no key twice, at most {@link #DEPTH_MAX} deep, no half
   * of a surrogate pair, which is no text and could not be written again.
   *
   * @throws LorikeetException REQUEST_INVALID with the reason
   */
  public static ObjectNode readObject(byte[] body) {
    JsonNode node;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      node = MAPPER.readTree(text);
    } catch (CharacterCodingException e) {
      throw invalid("the body is not UTF-8");
    } catch (JsonProcessingException e) {
      throw invalid("the body is not valid JSON: " + e.getOriginalMessage());
    }
    if (Surrogates.unpaired(node)) {
      throw invalid("the body holds half of a surrogate pair");
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw invalid("the body must be one JSON object. Given: " + Fields.kind(node));
  }

  /** The bytes of one value, UTF-8. */
  public static byte[] bytes(Value value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);
    writeTo(bytes, value);
    return bytes.toByteArray();
  }

  /** An array whose one element is a value that was written before. */
  public static byte[] array(byte[] element) {
    byte[] array = new byte[element.length + 2];
    array[0] = '[';
    System.arraycopy(element, 0, array, 1, element.length);
    array[array.length - 1] = ']';
    return array;
  }

  /** Appends one value, UTF-8. */
  public static void writeTo(ByteArrayOutputStream bytes, Value value) {
    try (JsonGenerator json = MAPPER.createGenerator(bytes)) {
      value.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LorikeetException invalid(String message) {
    return new LorikeetException(ErrorCode.REQUEST_INVALID, message);
  }
}
