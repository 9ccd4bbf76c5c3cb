package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** Golden data of the checkout, and model folders made from it. */
final class TextFixtures {
  static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  static final Path DEMO = ROOT.resolve("models/demo");
  static final Path TOKENIZERS = ROOT.resolve("fixtures/tokenizers");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private TextFixtures() {}

  /** The names of all tokenizers. */
  static Stream<String> tokenizers() {
    return names(TOKENIZERS);
  }

  /** The names of all tokenizers with golden pieces. */
  static Stream<String> detokenizers() {
    return names(ROOT.resolve("fixtures/detokenize"))
        .filter(n -> n.endsWith(".json") && !n.equals("stops.json"))
        .map(n -> n.substring(0, n.length() - ".json".length()));
  }

  static JsonNode detokenize(String name) {
    return json(ROOT.resolve("fixtures/detokenize").resolve(name + ".json"));
  }

  static JsonNode json(Path file) {
    try {
      return MAPPER.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode parse(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static DetokenizerFactory detokenizerOf(String tokenizer) {
    try (TextModel model = model(TOKENIZERS.resolve(tokenizer))) {
      return model.detokenizers();
    }
  }

  static TextModel model(Path folder) {
    return TextModel.load(folder).orElseThrow();
  }

  /** Puts the tokenizer.json of a fixture into a folder. */
  static void copyTokenizer(String name, Path folder) {
    try {
      Files.copy(
          TOKENIZERS.resolve(name).resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ids(JsonNode list) {
    return list.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  static void assertCode(ErrorCode code, Executable executable) {
    assertEquals(code, assertThrows(LorikeetException.class, executable).code());
  }

  private static Stream<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> !n.equals("README.md"))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
