package io.lorikeet.cli;

import static io.lorikeet.cli.InspectFixtures.DEMO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lorikeet.cli.Console.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code inspect --quantize} says of a model's answers. */
final class InspectQuantizedTest {
  private static JsonNode quantization(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("inspect", "--json", "--memory", "8GiB"));
    words.addAll(List.of(options));
    Outcome outcome = Console.run(words.toArray(String[]::new));
    assertEquals(0, outcome.exitCode(), outcome.out() + outcome.err());
    return new ObjectMapper().readTree(outcome.out()).path("quantization");
  }

  @Test
  void fewerBitsMoveTheDemoFurther() throws IOException {
    JsonNode q8 = quantization(DEMO.toString(), "--quantize", "q8");
    JsonNode q4 = quantization(DEMO.toString(), "--quantize", "q4");

    assertEquals("f32-kv/int8/q8", q8.path("numerics").textValue());
    assertEquals("f32-kv/int8/q4", q4.path("numerics").textValue());
    assertEquals("f32-kv/exact/bf16", q4.path("stored_numerics").textValue());
    assertTrue(q4.path("prompts_as_text").asBoolean());
    for (String key :
        List.of(
            "logit_deviation_max",
            "logit_deviation_mean",
            "kl_divergence_max",
            "kl_divergence_mean")) {
      assertTrue(q8.path(key).asDouble() > 0, key);
      assertTrue(q8.path(key).asDouble() < q4.path(key).asDouble(), key + ": " + q8 + q4);
    }
    assertTrue(q8.path("greedy_agreement").asDouble() > 0.95, q8.toString());
    assertTrue(q4.path("greedy_agreement").asDouble() > 0.7, q4.toString());
    assertTrue(q4.path("logit_deviation_mean").asDouble() < 1, q4.toString());
  }

  @Test
  void promptsCoverProseCodeAndScriptsAndAddUp() throws IOException {
    JsonNode q8 = quantization(DEMO.toString(), "--quantize", "q8");
    List<String> names = q8.path("prompts").findValuesAsText("name");
    long tokens = 0;
    double largest = 0;
    for (JsonNode prompt : q8.path("prompts")) {
      assertTrue(prompt.path("tokens").asInt() > 50, prompt.toString());
      assertTrue(prompt.path("tokens").asInt() <= 128, prompt.toString());
      tokens += prompt.path("tokens").asLong();
      largest = Math.max(largest, prompt.path("logit_deviation_max").asDouble());
    }

    assertTrue(
        names.containsAll(List.of("english", "java", "json", "german", "chinese", "arabic")),
        names.toString());
    assertEquals(tokens, q8.path("tokens").asLong());
    assertEquals(largest, q8.path("logit_deviation_max").asDouble());
  }

  // A layout, a head, experts and positions of each kind; none of them has a tokenizer.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "bloom", "gemma3", "phi3", "mixtral", "qwen2-moe", "falcon"})
  void familiesAreReadAsBytes(String name) throws IOException {
    JsonNode q4 = quantization(InspectFixtures.model(name).toString(), "--quantize", "q4");

    assertEquals(false, q4.path("prompts_as_text").asBoolean());
    assertTrue(q4.path("tokens").asInt() > 500, q4.toString());
    assertTrue(q4.path("kl_divergence_mean").asDouble() > 0, q4.toString());
    assertTrue(q4.path("kl_divergence_mean").asDouble() < 0.5, q4.toString());
  }

  @Test
  void whatTheSettingsKeepStoredDoesNotMove(@TempDir Path folder) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("own.conf"),
            "lorikeet.engine.weights-of { attention = stored, mlp = stored, head = stored }");
    JsonNode same =
        quantization(DEMO.toString(), "--quantize", "q4", "--config", config.toString());

    assertEquals(0, same.path("logit_deviation_max").asDouble());
    assertEquals(0, same.path("kl_divergence_max").asDouble());
    assertEquals(1, same.path("greedy_agreement").asDouble());
  }

  @Test
  void exactActivationsMoveLess(@TempDir Path folder) throws IOException {
    Path config = Files.writeString(folder.resolve("own.conf"), "lorikeet.engine.numerics = exact");
    JsonNode exact =
        quantization(DEMO.toString(), "--quantize", "q8", "--config", config.toString());
    JsonNode int8 = quantization(DEMO.toString(), "--quantize", "q8");

    assertEquals("f32-kv/exact/q8", exact.path("numerics").textValue());
    assertTrue(
        exact.path("logit_deviation_mean").asDouble()
            < int8.path("logit_deviation_mean").asDouble(),
        exact + " " + int8);
  }

  @Test
  void textSaysTheSame() {
    Outcome outcome =
        Console.run("inspect", DEMO.toString(), "--memory", "8GiB", "--quantize", "q4");

    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(
        outcome.out().contains("  quantised    f32-kv/int8/q4 against f32-kv/exact/bf16"),
        outcome.out());
    assertTrue(outcome.out().contains("same greedy token at "), outcome.out());
  }

  @ParameterizedTest
  @CsvSource({"q5", "gptq", "stored"})
  void otherFormatsAreRefusedByName(String format) {
    Outcome outcome = Console.run("inspect", DEMO.toString(), "--quantize", format);

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("`--quantize` must be q8 or q4. Given: " + format));
  }

  @Test
  void adaptersAreNotQuantised() {
    Outcome outcome =
        Console.run("inspect", DEMO.resolve("adapters").toString(), "--quantize", "q8");

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("`--quantize` is for model folders"), outcome.err());
  }

  // 7 MiB as stored, 4 quantised, and a little for activations.
  @Test
  void bothFormsMustFitTogether() {
    Outcome outcome =
        Console.run("inspect", DEMO.toString(), "--quantize", "q8", "--memory", "13MiB");

    assertEquals(2, outcome.exitCode(), outcome.out());
    assertTrue(outcome.out().contains("model_memory_exceeded"), outcome.out());
    assertTrue(outcome.out().contains("stored and the quantised weights"), outcome.out());
  }
}
