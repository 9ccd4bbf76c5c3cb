package io.lorikeet.engine.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Text files of a model folder, bounded in size; every defect is MODEL_TOKENIZER_INVALID. */
final class ModelTextFile {
  private ModelTextFile() {}

  /** The content of a file, or nothing if there is no such file. */
  static Optional<String> read(Path file, long maxBytes) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      // One more than allowed shows a file that is too large without trusting its listed size.
      bytes = in.readNBytes(Math.toIntExact(maxBytes + 1));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw invalid(file, "can't be read: " + e.getMessage(), e);
    }
    if (bytes.length > maxBytes) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "%s must have at most %d bytes. Given: more".formatted(file.getFileName(), maxBytes));
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      throw invalid(file, "is not UTF-8 text", e);
    }
  }

  /** A JSON object, or nothing if there is no such file. */
  static Optional<JsonNode> readObject(Path file, TextLimits limits) {
    return read(file, limits.configFileBytes()).map(text -> parseObject(file, text, limits));
  }

  private static JsonNode parseObject(Path file, String text, TextLimits limits) {
    JsonNode node;
    try {
      node = mapper(limits).readTree(text);
    } catch (JsonProcessingException e) {
      throw invalid(file, "is not valid JSON: " + reason(e), e);
    }
    if (!node.isObject()) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "%s must hold a JSON object".formatted(file.getFileName()));
    }
    return node;
  }

  static ObjectMapper mapper(TextLimits limits) {
    StreamReadConstraints bounds =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.jsonDepth())
            .maxStringLength(Math.toIntExact(limits.tokenizerFileBytes()))
            .build();
    // Of two values for one name the reference takes the last, and not every reader would.
    JsonFactory strict =
        JsonFactory.builder()
            .streamReadConstraints(bounds)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    return new ObjectMapper(strict).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /** A JSON error without the source excerpt that Jackson appends on further lines. */
  static String reason(IOException e) {
    return e instanceof JsonProcessingException json && json.getLocation() != null
        ? "%s (line %d, column %d)"
            .formatted(
                json.getOriginalMessage(),
                json.getLocation().getLineNr(),
                json.getLocation().getColumnNr())
        : String.valueOf(e.getMessage());
  }

  private static LorikeetException invalid(Path file, String what, IOException cause) {
    return new LorikeetException(
        ErrorCode.MODEL_TOKENIZER_INVALID, file.getFileName() + " " + what, cause);
  }
}
