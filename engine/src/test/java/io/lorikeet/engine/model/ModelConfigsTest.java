package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations of published models, without weights. */
final class ModelConfigsTest {
  /** Families that come later: refused by their type for now. */
  private static final Set<String> LATER =
      Set.of(
          "bloom",
          "cohere",
          "dbrx",
          "falcon",
          "gemma",
          "gemma2",
          "gemma3_text",
          "gpt2",
          "gpt_neox",
          "granite",
          "mistral",
          "mixtral",
          "olmo2",
          "phi",
          "phi3",
          "qwen2",
          "qwen3",
          "qwen3_moe",
          "smollm3",
          "stablelm",
          "starcoder2");

  @Test
  void familiesThatComeLaterAreRefusedByType() {
    Set<String> refused = new TreeSet<>();
    for (String name : names()) {
      try {
        ModelFolder.spec(config(name));
      } catch (LorikeetException e) {
        if (e.code() == ErrorCode.MODEL_TYPE_UNSUPPORTED && !name.startsWith("refused-")) {
          refused.add(config(name).get("model_type").textValue());
        }
      }
    }
    assertEquals(new TreeSet<>(LATER), refused);
  }

  @ParameterizedTest
  @MethodSource("served")
  void sizesTensorsAndFrequenciesAreThoseOfThePublishedModel(String name) {
    JsonNode expected = expected(name);
    DecoderSpec spec = ModelFolder.spec(config(name));

    assertEquals(expected.get("model_type").textValue(), spec.modelType());
    assertEquals(expected.get("layers").intValue(), spec.layers());
    assertEquals(expected.get("hidden").intValue(), spec.hidden());
    assertEquals(expected.get("heads").intValue(), spec.heads());
    assertEquals(expected.get("kv_heads").intValue(), spec.kvHeads());
    assertEquals(expected.get("head_dim").intValue(), spec.headDim());
    assertEquals(expected.get("intermediate").intValue(), spec.intermediate());
    assertEquals(expected.get("vocab").intValue(), spec.vocab());
    assertEquals(expected.get("max_position").intValue(), spec.contextMax());
    assertEquals(expected.get("tied").booleanValue(), spec.tiedEmbeddings());
    assertEquals(
        expected.get("activation").textValue(), spec.activation().name().toLowerCase(Locale.ROOT));
    assertEquals("rms", expected.get("norm").get("kind").textValue());
    assertEquals(expected.get("norm").get("eps").floatValue(), spec.normEps());
    assertEquals(expected.get("attention_scale").floatValue(), spec.attentionScale());
    assertTensors(expected, ModelFolder.tensorShapes(config(name)));
    assertRope(expected.get("rope"), spec);
  }

  private static void assertTensors(JsonNode expected, Map<String, List<Integer>> shapes) {
    assertEquals(expected.get("tensor_count").intValue(), shapes.size());
    Map<String, List<Integer>> wanted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> tensor : expected.get("tensors").properties()) {
      List<Integer> shape = new ArrayList<>();
      tensor.getValue().forEach(dimension -> shape.add(dimension.intValue()));
      wanted.put(tensor.getKey(), shape);
    }
    int last = expected.get("layers").intValue() - 1;
    Map<String, List<Integer>> shown = new TreeMap<>(shapes);
    shown
        .keySet()
        .removeIf(tensor ->
            tensor.startsWith("model.layers.")
                && !tensor.startsWith("model.layers.0.")
                && !tensor.startsWith("model.layers." + last + "."));
    assertEquals(wanted, shown);
    long parameters = 0;
    for (List<Integer> shape : shapes.values()) {
      parameters += shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }
    assertEquals(expected.get("parameters_on_file").longValue(), parameters);
  }

  private static void assertRope(JsonNode expected, DecoderSpec spec) {
    assertEquals(
        expected.get("kind").textValue(),
        spec.rope().getClass().getSimpleName().toLowerCase(Locale.ROOT));
    assertEquals(expected.get("theta").doubleValue(), spec.rope().theta());
    assertEquals(expected.get("rotary_dim").intValue(), spec.headDim());
    float[] frequencies = new RopeTable(spec.rope(), spec.headDim()).frequencies(1);
    for (Map.Entry<String, JsonNode> entry : expected.get("inv_freq").properties()) {
      float wanted = entry.getValue().floatValue();
      assertEquals(
          wanted, frequencies[Integer.parseInt(entry.getKey())], wanted * 2e-7f, entry::getKey);
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void configThatCannotBeServedIsRefusedAndItsFieldNamed(String name) {
    JsonNode expected = expected(name);
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.spec(config(name)));
    String message = "" + refusal.getMessage();
    String type = config(name).get("model_type").textValue();
    if (LATER.contains(type)) {
      assertEquals(ErrorCode.MODEL_TYPE_UNSUPPORTED, refusal.code());
      assertTrue(message.contains(type), message);
      return;
    }
    for (String segment : expected.get("field").textValue().split("\\.", -1)) {
      assertTrue(message.contains(segment), message);
    }
    assertTrue(message.contains(expected.get("value").asText()), message);
    assertTrue(
        Set.of(
                ErrorCode.MODEL_TYPE_UNSUPPORTED,
                ErrorCode.MODEL_FIELD_UNSUPPORTED,
                ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED)
            .contains(refusal.code()),
        message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-rope-linear", "llama-tied-rope3"})
  void olderSpellingDescribesTheSameModel(String name) {
    ObjectNode today = (ObjectNode) Fixtures.json(Fixtures.path("models", name, "config.json"));
    ObjectNode older =
        (ObjectNode) Fixtures.json(Fixtures.path("models", name, "config.legacy.json"));
    assertEquals(ModelFolder.spec(today), ModelFolder.spec(older));
    assertEquals(ModelFolder.tensorShapes(today), ModelFolder.tensorShapes(older));
  }

  @Test
  void everyOlderSpellingOfALlamaIsCompared() throws IOException {
    Set<String> found = new TreeSet<>();
    for (String model : Fixtures.folders(Fixtures.path("models"))) {
      if (model.startsWith("llama")
          && Files.exists(Fixtures.path("models", model, "config.legacy.json"))) {
        found.add(model);
      }
    }
    assertEquals(Set.of("llama-rope-linear", "llama-tied-rope3"), found);
  }

  static List<String> served() {
    return names().stream()
        .filter(name -> !name.startsWith("refused-"))
        .filter(name -> !LATER.contains(config(name).get("model_type").textValue()))
        .toList();
  }

  static List<String> refused() {
    return names().stream().filter(name -> name.startsWith("refused-")).toList();
  }

  private static List<String> names() {
    try (Stream<Path> files = Files.list(Fixtures.path("configs"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json") && !name.endsWith(".expected.json"))
          .map(name -> name.substring(0, name.length() - ".json".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode config(String name) {
    return (ObjectNode) Fixtures.json(Fixtures.path("configs", name + ".json"));
  }

  private static JsonNode expected(String name) {
    return Fixtures.json(Fixtures.path("configs", name + ".expected.json"));
  }
}
