package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Golden data of {@code fixtures/sampling}. */
final class SamplingFixtures {
  /** All parameters that the cases have. */
  static final Set<String> PARAMETERS =
      Set.of(
          "repetition_penalty",
          "frequency_penalty",
          "presence_penalty",
          "logit_bias",
          "temperature",
          "min_p",
          "top_k",
          "top_p",
          "typical_p");

  static final JsonNode PROCESS = read("process.json");
  static final JsonNode PHILOX = read("philox.json");
  private static final Map<String, float[]> LOGITS = allLogits();

  private SamplingFixtures() {}

  static List<JsonNode> processCases() {
    return PROCESS.get("cases").valueStream().toList();
  }

  static SamplingParams params(JsonNode params, long seed, int topLogprobs) {
    params.fieldNames().forEachRemaining(name -> assertTrue(PARAMETERS.contains(name), () -> name));
    return new SamplingParams(
        (float) params.path("temperature").asDouble(1),
        params.path("top_k").asInt(0),
        (float) params.path("top_p").asDouble(1),
        (float) params.path("min_p").asDouble(0),
        (float) params.path("typical_p").asDouble(1),
        new Penalties(
            (float) params.path("repetition_penalty").asDouble(1),
            (float) params.path("frequency_penalty").asDouble(0),
            (float) params.path("presence_penalty").asDouble(0)),
        bias(params.path("logit_bias")),
        Withheld.NONE,
        seed,
        topLogprobs);
  }

  private static TokenBias bias(JsonNode bias) {
    int[] ids = bias.propertyStream().mapToInt(e -> Integer.parseInt(e.getKey())).toArray();
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = (float) bias.get("" + ids[i]).doubleValue();
    }
    return new TokenBias(ids, values);
  }

  /** The tokens that a case has so far. */
  static TokenHistory history(JsonNode c, SamplingParams params) {
    List<Integer> ids = new ArrayList<>();
    c.path("prompt_ids").forEach(id -> ids.add(id.intValue()));
    int prompt = ids.size();
    c.path("output_ids").forEach(id -> ids.add(id.intValue()));
    int[] tokens = ids.stream().mapToInt(Integer::intValue).toArray();
    return TokenHistory.of(params, tokens, tokens.length, prompt, tokens.length);
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
