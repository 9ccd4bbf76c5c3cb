package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What methods adapt where a file does not say it, by {@code model_type}. Source: peft 0.21.2,
 * utils/constants.py, for the families that are served here.
 */
final class DefaultTargets {
  private static final List<String> QUERY_VALUE = List.of("q_proj", "v_proj");
  private static final List<String> FUSED = List.of("query_key_value");

  private static final Map<String, List<String>> LORA =
      Map.ofEntries(
          Map.entry("llama", QUERY_VALUE),
          Map.entry("mistral", QUERY_VALUE),
          Map.entry("mixtral", QUERY_VALUE),
          Map.entry("gemma", QUERY_VALUE),
          Map.entry("gemma2", QUERY_VALUE),
          Map.entry("gemma3_text", QUERY_VALUE),
          Map.entry("qwen2", QUERY_VALUE),
          Map.entry("qwen3", QUERY_VALUE),
          Map.entry("stablelm", QUERY_VALUE),
          Map.entry("phi", List.of("q_proj", "v_proj", "fc1", "fc2")),
          Map.entry("gpt2", List.of("c_attn")),
          Map.entry("bloom", FUSED),
          Map.entry("gpt_neox", FUSED),
          Map.entry("falcon", FUSED));

  private static final Map<String, List<String>> ADALORA =
      Map.ofEntries(
          Map.entry("llama", QUERY_VALUE),
          Map.entry("gemma", QUERY_VALUE),
          Map.entry("gemma2", QUERY_VALUE),
          Map.entry("gemma3_text", QUERY_VALUE),
          Map.entry("qwen2", QUERY_VALUE),
          Map.entry("qwen3", QUERY_VALUE),
          Map.entry("gpt2", List.of("c_attn")),
          Map.entry("bloom", FUSED),
          Map.entry("gpt_neox", FUSED));

  /** (IA)3: what is scaled behind the layer, and what before it. */
  private record Scaled(List<String> outputs, String inputs) {}

  private static final Map<String, Scaled> IA3 =
      Map.ofEntries(
          Map.entry("llama", new Scaled(List.of("k_proj", "v_proj"), "down_proj")),
          Map.entry("mistral", new Scaled(List.of("k_proj", "v_proj"), "down_proj")),
          Map.entry("mixtral", new Scaled(List.of("k_proj", "v_proj"), "w2")),
          Map.entry("gemma", new Scaled(QUERY_VALUE, "down_proj")),
          Map.entry("gemma2", new Scaled(QUERY_VALUE, "down_proj")),
          Map.entry("gemma3_text", new Scaled(QUERY_VALUE, "down_proj")),
          Map.entry("qwen2", new Scaled(QUERY_VALUE, "down_proj")),
          Map.entry("qwen3", new Scaled(QUERY_VALUE, "down_proj")),
          Map.entry("phi", new Scaled(QUERY_VALUE, "fc2")),
          Map.entry("gpt2", new Scaled(List.of("c_attn"), "mlp.c_proj")),
          Map.entry("bloom", new Scaled(FUSED, "mlp.dense_4h_to_h")),
          Map.entry("gpt_neox", new Scaled(FUSED, "dense_4h_to_h")),
          Map.entry("falcon", new Scaled(FUSED, "dense_4h_to_h")));

  private static final List<String> TWO_NORMS =
      List.of("input_layernorm", "post_attention_layernorm", "norm");
  private static final List<String> FOUR_NORMS =
      List.of(
          "input_layernorm",
          "post_attention_layernorm",
          "pre_feedforward_layernorm",
          "post_feedforward_layernorm",
          "norm");

  private static final Map<String, List<String>> NORMS =
      Map.ofEntries(
          Map.entry("llama", TWO_NORMS),
          Map.entry("mistral", TWO_NORMS),
          Map.entry("gemma", TWO_NORMS),
          Map.entry("gemma2", FOUR_NORMS),
          Map.entry("gemma3_text", FOUR_NORMS),
          Map.entry("qwen2", List.of("post_attention_layernorm")),
          Map.entry("qwen3", List.of("post_attention_layernorm")),
          Map.entry("phi", List.of("input_layernorm", "final_layernorm")),
          Map.entry("gpt2", List.of("ln_1", "ln_2", "ln_f")),
          Map.entry("bloom", List.of("input_layernorm", "post_attention_layernorm", "ln_f")),
          Map.entry("falcon", List.of("input_layernorm", "post_attention_layernorm", "ln_f")));

  private DefaultTargets() {}

  /** Of LoRA, LoHa and LoKr. */
  static Optional<List<String>> lora(String modelType) {
    return Optional.ofNullable(LORA.get(modelType));
  }

  static Optional<List<String>> adaLora(String modelType) {
    return Optional.ofNullable(ADALORA.get(modelType));
  }

  /** LoRA's, but attention only. */
  static Optional<List<String>> vera(String modelType) {
    return modelType.equals("phi") ? Optional.of(QUERY_VALUE) : lora(modelType);
  }

  static Optional<List<String>> ia3(String modelType) {
    return Optional.ofNullable(IA3.get(modelType))
        .map(scaled -> Stream.concat(scaled.outputs.stream(), Stream.of(scaled.inputs)).toList());
  }

  /** The targets of (IA)3 whose inputs are scaled. */
  static Optional<List<String>> ia3FeedForward(String modelType) {
    return Optional.ofNullable(IA3.get(modelType)).map(scaled -> List.of(scaled.inputs));
  }

  static Optional<List<String>> norms(String modelType) {
    return Optional.ofNullable(NORMS.get(modelType));
  }
}
