package io.lorikeet.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The sizes of a model, as its config.json has them.
 *
 * @param type {@code model_type}
 * @param context {@code max_position_embeddings}
 * @param tied whether the head is the embedding
 */
public record Shape(
    String name,
    String type,
    int layers,
    int hidden,
    int intermediate,
    int heads,
    int kvHeads,
    int vocab,
    int context,
    boolean tied) {
  private static final List<Shape> NAMED =
      List.of(
          new Shape("demo", "llama", 4, 256, 768, 4, 2, 2_048, 2_048, true),
          new Shape("tinyllama-1.1b", "llama", 22, 2_048, 5_632, 32, 4, 32_000, 2_048, false),
          new Shape("llama-3.2-1b", "llama", 16, 2_048, 8_192, 32, 8, 128_256, 8_192, true),
          new Shape("qwen2.5-0.5b", "qwen2", 24, 896, 4_864, 14, 2, 151_936, 32_768, true),
          new Shape("mistral-7b", "mistral", 32, 4_096, 14_336, 32, 8, 32_768, 32_768, false));

  /** Names that {@link #of} knows. */
  public static List<String> names() {
    return NAMED.stream().map(Shape::name).toList();
  }

  /**
   * A shape by name, or by numbers: {@code
   * layers=2,hidden=64,intermediate=128,heads=4,kv-heads=2,vocab=512,context=256}, a llama whose
   * head is its own.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Shape of(String text) {
    return text.contains("=")
        ? numbers(text)
        : NAMED.stream()
            .filter(shape -> shape.name.equals(text))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "`--shape` must be one of %s, or numbers such as layers=2,hidden=64,intermediate=128,heads=4,kv-heads=2,vocab=512,context=256. Given: %s"
                        .formatted(names(), text)));
  }

  private static Shape numbers(String text) {
    Map<String, String> given =
        Arrays.stream(text.split(",", -1))
            .map(pair -> pair.split("=", 2))
            .collect(
                Collectors.toMap(
                    pair -> pair[0],
                    pair -> pair.length < 2 ? "" : pair[1],
                    (a, b) -> b,
                    TreeMap::new));
    Shape shape =
        new Shape(
            text,
            "llama",
            take(given, "layers"),
            take(given, "hidden"),
            take(given, "intermediate"),
            take(given, "heads"),
            take(given, "kv-heads"),
            take(given, "vocab"),
            take(given, "context"),
            false);
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("`--shape` has no number " + given.keySet());
    }
    return shape;
  }

  private static int take(Map<String, String> given, String name) {
    String value = given.remove(name);
    try {
      int number = Integer.parseInt(value == null ? "" : value);
      if (number < 1) {
        throw new IllegalArgumentException(
            "`--shape`: `" + name + "` must be >= 1. Given: " + number);
      }
      return number;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "`--shape`: `" + name + "` must be a whole number. Given: " + value, e);
    }
  }

  /** Its config.json. */
  ObjectNode config() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("model_type", type)
        .put("num_hidden_layers", layers)
        .put("hidden_size", hidden)
        .put("intermediate_size", intermediate)
        .put("num_attention_heads", heads)
        .put("num_key_value_heads", kvHeads)
        .put("vocab_size", vocab)
        .put("max_position_embeddings", context)
        .put("rms_norm_eps", 1e-5)
        .put("hidden_act", "silu")
        .put("tie_word_embeddings", tied);
  }

  int headDim() {
    return hidden / heads;
  }
}
