package io.lorikeet.engine.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Golden data of {@code fixtures/sampling}. */
final class SamplingFixtures {
  /** What {@link SamplingParams} can say; cases with other parameters are left out. */
  static final Set<String> PARAMETERS = Set.of("temperature", "min_p", "top_k", "top_p");

  static final JsonNode PROCESS = read("process.json");
  static final JsonNode PHILOX = read("philox.json");
  private static final Map<String, float[]> LOGITS = allLogits();

  private SamplingFixtures() {}

  static List<JsonNode> processCases() {
    return PROCESS.get("cases").valueStream().filter(c -> isUsable(c.get("params"))).toList();
  }

  static boolean isUsable(JsonNode params) {
    return params.propertyStream().allMatch(p -> PARAMETERS.contains(p.getKey()));
  }

  static SamplingParams params(JsonNode params, long seed, int topLogprobs) {
    return new SamplingParams(
        (float) params.path("temperature").asDouble(1),
        params.path("top_k").asInt(0),
        (float) params.path("top_p").asDouble(1),
        (float) params.path("min_p").asDouble(0),
        seed,
        topLogprobs);
  }

  static float[] logits(JsonNode name) {
    return Objects.requireNonNull(LOGITS.get(name.textValue()));
  }

  /** A number, or negative infinity as a string. */
  static double number(JsonNode node) {
    return node.isTextual() ? Double.NEGATIVE_INFINITY : node.doubleValue();
  }

  private static Map<String, float[]> allLogits() {
    Map<String, float[]> byName = new HashMap<>();
    PROCESS
        .get("logits")
        .propertyStream()
        .forEach(entry -> {
          float[] values = new float[entry.getValue().size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(entry.getValue().get(i));
          }
          byName.put(entry.getKey(), values);
        });
    return byName;
  }

  private static JsonNode read(String name) {
    Path file = Path.of(System.getProperty("lorikeet.root"), "fixtures", "sampling", name);
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
