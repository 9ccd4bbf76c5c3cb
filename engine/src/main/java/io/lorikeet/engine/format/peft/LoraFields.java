package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Map;

/**
 * What becomes of each field of a LoRA configuration: used, neutral for a stated reason, or refused
 * with a code unless it is off. A field that stands nowhere here is refused unless it is off.
 * Source: peft 0.21.2, LoraConfig.
 */
final class LoraFields {
  private sealed interface Action {
    /** {@link LoraConfigReader} reads it. */
    record Used() implements Action {}

    /** Cannot change inference, whatever its value. */
    record Neutral(String reason) implements Action {}

    /** Off (absent, null, false, empty) or refused. */
    record Refused(ErrorCode code, String why) implements Action {}
  }

  private static final Map<String, Action> TABLE =
      Map.ofEntries(
          used("peft_type"),
          used("task_type"),
          used("base_model_name_or_path"),
          used("r"),
          used("lora_alpha"),
          used("use_rslora"),
          used("use_dora"),
          used("rank_pattern"),
          used("alpha_pattern"),
          used("target_modules"),
          used("exclude_modules"),
          used("layers_to_transform"),
          used("layers_pattern"),
          used("bias"),
          used("init_lora_weights"),
          used("modules_to_save"),
          used("trainable_token_indices"),
          used("ensure_weight_tying"),
          used("lora_bias"),
          used("alora_invocation_tokens"),
          neutral("peft_version", "bookkeeping"),
          neutral("auto_mapping", "bookkeeping"),
          neutral("inference_mode", "bookkeeping"),
          neutral("revision", "the base is the one that is served; shapes decide"),
          neutral("lora_dropout", "training only"),
          neutral("fan_in_fan_out", "A and B keep their orientation; the base's is known"),
          neutral("velora_config", "changes the backward pass only"),
          neutral("loftq_config", "init_lora_weights decides"),
          neutral("eva_config", "init_lora_weights decides"),
          neutral("corda_config", "init_lora_weights decides"),
          neutral("lora_ga_config", "init_lora_weights decides"),
          neutral("runtime_config", "where the work is done in training"),
          neutral("qalora_group_size", "use_qalora decides"),
          neutral("megatron_core", "megatron_config decides"),
          refused(
              "target_parameters",
              ErrorCode.ADAPTER_TARGET_PARAMETERS_UNSUPPORTED,
              "an adapted parameter that is not a linear layer"),
          refused(
              "layer_replication",
              ErrorCode.ADAPTER_LAYER_REPLICATION_UNSUPPORTED,
              "another number of layers"),
          refused("use_bdlora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "block-diagonal LoRA"),
          refused("use_qalora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "QALoRA's pooled input"),
          refused("arrow_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "a router over adapters"),
          refused("monteclora_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "sampled weights"),
          refused("kasa_config", ErrorCode.ADAPTER_BASE_MODIFIED, "a truncated base"),
          refused(
              "megatron_config",
              ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
              "Megatron's parallel layers"));

  private LoraFields() {}

  /**
   * Checks that every field has a known meaning.
   *
   * @throws LorikeetException ADAPTER_FIELD_UNKNOWN or the field's own code
   */
  static void check(ObjectNode config) {
    for (Map.Entry<String, JsonNode> field : config.properties()) {
      if (isOff(field.getValue())) {
        continue;
      }
      Action action = TABLE.get(field.getKey());
      if (action == null) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_FIELD_UNKNOWN,
            "adapter_config.json: `%s` is not known and must be absent or off. Given: %s"
                .formatted(LoraConfigReader.brief(field.getKey()), brief(field.getValue())));
      }
      if (action instanceof Action.Refused refused) {
        throw new LorikeetException(
            refused.code,
            "adapter_config.json: `%s` must be absent or off, for %s is not supported. Given: %s"
                .formatted(field.getKey(), refused.why, brief(field.getValue())));
      }
    }
  }

  /** Null, false or empty. */
  static boolean isOff(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }

  private static String brief(JsonNode value) {
    return LoraConfigReader.brief(value.toString());
  }

  private static Map.Entry<String, Action> used(String name) {
    return Map.entry(name, new Action.Used());
  }

  private static Map.Entry<String, Action> neutral(String name, String reason) {
    return Map.entry(name, new Action.Neutral(reason));
  }

  private static Map.Entry<String, Action> refused(String name, ErrorCode code, String why) {
    return Map.entry(name, new Action.Refused(code, why));
  }
}
