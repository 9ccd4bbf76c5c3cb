package io.lorikeet.engine.format;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * JSON objects from files that may be hostile: UTF-8 only, one object, no duplicate keys, bounded
 * size and depth.
 */
public final class StrictJson {
  private StrictJson() {}

  /**
   * Reads a configuration file.
   *
   * @throws LorikeetException missing, or invalid with the reason
   */
  public static ObjectNode readConfig(Path file, FileFamily family, FileLimits limits) {
    String name = "`" + file.getFileName() + "`";
    if (!Files.isRegularFile(file)) {
      throw family.configMissing(name + " is missing");
    }
    try {
      long bytes = Files.size(file);
      if (bytes > limits.configBytesMax()) {
        throw family.configInvalid(
            name + " must have at most " + limits.configBytesMax() + " bytes. Given: " + bytes);
      }
      return readObject(
          Files.readAllBytes(file),
          limits.configDepthMax(),
          message -> family.configInvalid(name + ": " + message));
    } catch (IOException e) {
      throw family.configMissing(name + " cannot be read: " + e.getMessage());
    }
  }

  /**
   * Reads one JSON object.
   *
   * @param refuse makes the exception of the caller's family from a message
   */
  public static ObjectNode readObject(
      byte[] bytes, int depthMax, Function<String, LorikeetException> refuse) {
    JsonNode node;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      node = mapper(depthMax).readTree(text);
    } catch (CharacterCodingException e) {
      throw refuse.apply("it is not UTF-8");
    } catch (JsonProcessingException e) {
      throw refuse.apply("it is not valid JSON: " + e.getOriginalMessage());
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw refuse.apply("it must be one JSON object");
  }

  private static JsonMapper mapper(int depthMax) {
    return JsonMapper.builder(
            new JsonFactoryBuilder()
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        .maxNestingDepth(depthMax)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }
}
