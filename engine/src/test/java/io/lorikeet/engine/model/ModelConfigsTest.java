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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations of published models, without weights. */
final class ModelConfigsTest {
  private static final Pattern LAYER = Pattern.compile("\\b(?:layers|h|blocks)\\.(\\d+)\\.");
  private static final Pattern EXPERT = Pattern.compile("\\bexperts\\.(\\d+)\\.");

  @Test
  void everyFamilyHasAReader() {
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
    assertEquals(Set.of(), refused);
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
    assertEquals(
        expected.get("norm").get("kind").textValue(), spec.norm().name().toLowerCase(Locale.ROOT));
    assertEquals(expected.get("norm").get("eps").floatValue(), spec.normEps());
    assertEquals(expected.get("attention_scale").floatValue(), spec.attention().scale());
    assertScaling(expected, spec);
    assertWindows(expected.get("sliding_window"), spec);
    assertExperts(expected.path("experts"), spec);
    assertTensors(expected, ModelFolder.tensorShapes(config(name)));
    assertRope(expected.get("rope"), spec);
  }

  private static void assertScaling(JsonNode expected, DecoderSpec spec) {
    JsonNode multipliers = expected.path("multipliers");
    DecoderSpec.Scaling scaling = spec.scaling();
    assertEquals((float) multipliers.path("embedding").asDouble(1), scaling.embedding());
    assertEquals((float) multipliers.path("residual").asDouble(1), scaling.residual());
    assertEquals((float) multipliers.path("logits").asDouble(1), scaling.logits());
    JsonNode caps = expected.path("soft_caps");
    assertEquals((float) caps.path("attention").asDouble(0), spec.attention().softCap());
    assertEquals((float) expected.path("clip_qkv").asDouble(0), spec.attention().clip());
    assertEquals((float) caps.path("final").asDouble(0), scaling.logitsCap());
  }

  private static void assertWindows(JsonNode expected, DecoderSpec spec) {
    Set<Integer> sliding = new TreeSet<>();
    expected.path("layers").forEach(layer -> sliding.add(layer.intValue()));
    for (int layer = 0; layer < spec.layers(); layer++) {
      int window = sliding.contains(layer) ? expected.get("size").intValue() : 0;
      assertEquals(window, spec.layerSpecs().get(layer).window(), "layer " + layer);
    }
  }

  private static void assertExperts(JsonNode expected, DecoderSpec spec) {
    assertEquals(expected.isMissingNode(), spec.experts().isEmpty());
    spec.experts()
        .ifPresent(experts -> {
          assertEquals(expected.get("count").intValue(), experts.count());
          assertEquals(expected.get("per_token").intValue(), experts.perToken());
          assertEquals(expected.get("weights_sum_to_one").booleanValue(), experts.normalised());
        });
  }

  private static void assertTensors(JsonNode expected, Map<String, List<Integer>> asked) {
    Map<String, List<Integer>> shapes = new TreeMap<>(asked);
    // A copy of a tied matrix is compared with it where it is there, and not asked for.
    if (expected.get("tied").booleanValue() && expected.get("tensors").has("lm_head.weight")) {
      List<Integer> sizes =
          List.of(expected.get("vocab").intValue(), expected.get("hidden").intValue());
      assertEquals(null, shapes.put("lm_head.weight", sizes));
    }
    assertEquals(expected.get("tensor_count").intValue(), shapes.size());
    Map<String, List<Integer>> wanted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> tensor : expected.get("tensors").properties()) {
      List<Integer> shape = new ArrayList<>();
      tensor.getValue().forEach(dimension -> shape.add(dimension.intValue()));
      wanted.put(tensor.getKey(), shape);
    }
    Map<String, List<Integer>> shown = new TreeMap<>(shapes);
    int last = expected.get("layers").intValue() - 1;
    int lastExpert = expected.path("experts").path("count").asInt(1) - 1;
    shown.keySet().removeIf(tensor -> !isFirstOrLast(tensor, LAYER, last));
    shown.keySet().removeIf(tensor -> !isFirstOrLast(tensor, EXPERT, lastExpert));
    assertEquals(wanted, shown);
    long parameters = 0;
    for (List<Integer> shape : shapes.values()) {
      parameters += shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }
    assertEquals(expected.get("parameters_on_file").longValue(), parameters);
  }

  /** Whether the number in a tensor's name, if it has one there, is 0 or {@code last}. */
  private static boolean isFirstOrLast(String tensor, Pattern place, int last) {
    Matcher number = place.matcher(tensor);
    return !number.find() || Set.of("0", "" + last).contains(number.group(1));
  }

  private static void assertRope(JsonNode expected, DecoderSpec spec) {
    String kind = expected.get("kind").textValue();
    if (kind.equals("none")) {
      assertEquals(List.of(new RopeSpec.None()), spec.ropes());
      assertEquals(
          expected.get("instead").textValue(),
          spec.attention().positions().name().toLowerCase(Locale.ROOT));
      return;
    }
    assertEquals(DecoderSpec.Positions.ROTARY, spec.attention().positions());
    assertEquals(expected.get("rotary_dim").intValue(), spec.attention().rotaryDim());
    assertEquals(
        expected.get("pairs").textValue().equals("interleaved"), spec.attention().interleaved());
    Set<Integer> without = new TreeSet<>();
    expected.path("layers_without").forEach(layer -> without.add(layer.intValue()));
    for (int layer = 0; layer < spec.layers(); layer++) {
      DecoderSpec.LayerSpec layerSpec = spec.layerSpecs().get(layer);
      boolean local = expected.has("local_inv_freq") && layerSpec.window() > 0;
      assertEquals(without.contains(layer), layerSpec.rope() instanceof RopeSpec.None);
      if (local) {
        assertFrequencies(expected.get("local_inv_freq"), layerSpec.rope(), spec, 1);
      } else if (!without.contains(layer)) {
        assertEquals(kind, layerSpec.rope().getClass().getSimpleName().toLowerCase(Locale.ROOT));
        assertFrequencies(expected.get("inv_freq"), layerSpec.rope(), spec, 1);
      }
    }
    RopeTable table = new RopeTable(spec.ropes().getFirst(), spec.attention().rotaryDim());
    float[] cos = new float[spec.attention().rotaryDim() / 2];
    table.fill(0, 1, cos, new float[cos.length], 0);
    assertEquals(expected.get("attention_factor").floatValue(), cos[0]);
    if (expected.has("inv_freq_beyond_original")) {
      int beyond = expected.get("original_max_position_embeddings").intValue() + 1;
      RopeSpec rope = spec.ropes().getFirst();
      assertFrequencies(expected.get("inv_freq_beyond_original"), rope, spec, beyond);
      assertFrequencies(expected.get("inv_freq"), rope, spec, beyond - 1);
    }
  }

  private static void assertFrequencies(
      JsonNode expected, RopeSpec rope, DecoderSpec spec, int length) {
    float[] frequencies = new RopeTable(rope, spec.attention().rotaryDim()).frequencies(length);
    for (Map.Entry<String, JsonNode> entry : expected.properties()) {
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
  @MethodSource("spelledTwice")
  void olderSpellingDescribesTheSameModel(String name) {
    ObjectNode today = (ObjectNode) Fixtures.json(Fixtures.path("models", name, "config.json"));
    ObjectNode older =
        (ObjectNode) Fixtures.json(Fixtures.path("models", name, "config.legacy.json"));
    assertEquals(ModelFolder.spec(today), ModelFolder.spec(older));
    assertEquals(ModelFolder.tensorShapes(today), ModelFolder.tensorShapes(older));
  }

  static List<String> spelledTwice() {
    List<String> names =
        Fixtures.folders(Fixtures.path("models")).stream()
            .filter(name -> Files.exists(Fixtures.path("models", name, "config.legacy.json")))
            .toList();
    assertEquals(8, names.size(), "as many as fixtures/README.md says");
    return names;
  }

  static List<String> served() {
    return names().stream().filter(name -> !name.startsWith("refused-")).toList();
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
