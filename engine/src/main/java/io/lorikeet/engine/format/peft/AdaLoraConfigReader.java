package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads AdaLoRA's adapter_config.json. Source: peft 0.21.2, AdaLoraConfig and AdaLoraLayer. */
final class AdaLoraConfigReader {
  private static final String VARIANT = "a variant of LoRA that AdaLoRA does not have";

  static final FieldTable FIELDS =
      FieldTable.common()
          .used("init_r", "lora_alpha", "rank_pattern")
          .used("exclude_modules", "layers_to_transform", "layers_pattern", "bias")
          .used("init_lora_weights", "trainable_token_indices", "ensure_weight_tying")
          .neutral("r", "init_r decides")
          .neutral("use_rslora", "AdaLoRA has a scale of its own")
          .neutral("alpha_pattern", "AdaLoRA has one alpha for all modules")
          .neutral("target_r", "training only")
          .neutral("tinit", "training only")
          .neutral("tfinal", "training only")
          .neutral("deltaT", "training only")
          .neutral("beta1", "training only")
          .neutral("beta2", "training only")
          .neutral("orth_reg_weight", "training only")
          .neutral("total_step", "training only")
          .neutral("lora_dropout", "training only")
          .neutral("fan_in_fan_out", "A and B keep their orientation; the base's is known")
          .neutral("velora_config", "changes the backward pass only")
          .neutral("eva_config", "init_lora_weights decides")
          .neutral("corda_config", "init_lora_weights decides")
          .neutral("lora_ga_config", "init_lora_weights decides")
          .neutral("runtime_config", "where the work is done in training")
          .neutral("qalora_group_size", "use_qalora decides")
          .neutral("megatron_core", "megatron_config decides")
          .refused("use_dora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("lora_bias", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("alora_invocation_tokens", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("use_bdlora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("use_qalora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("arrow_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("monteclora_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, VARIANT)
          .refused("kasa_config", ErrorCode.ADAPTER_BASE_MODIFIED, "a truncated base")
          .refused("loftq_config", ErrorCode.ADAPTER_BASE_MODIFIED, "a quantised base")
          .refused(
              "target_parameters",
              ErrorCode.ADAPTER_TARGET_PARAMETERS_UNSUPPORTED,
              "an adapted parameter that is not a linear layer")
          .refused(
              "layer_replication",
              ErrorCode.ADAPTER_LAYER_REPLICATION_UNSUPPORTED,
              "another number of layers")
          .refused(
              "megatron_config", ErrorCode.ADAPTER_FIELD_UNSUPPORTED, "Megatron's parallel layers");

  private static final int DEFAULT_RANK = 12;
  private static final Pattern MASK_KEY = Pattern.compile("(.+)\\.lora_E(?:\\.[^.]+)?");

  private AdaLoraConfigReader() {}

  static AdapterConfig read(ConfigReader common) {
    ConfigValues config = common.values();
    LoraConfigReader.checkInit(config);
    int rank = config.rank("init_r", DEFAULT_RANK);
    return new AdapterConfig(
        common.baseName(),
        common.targets().read(DefaultTargets.adaLora(common.modelType()), true),
        config.texts("modules_to_save"),
        common.bias("lora_only"),
        config.flag("ensure_weight_tying"),
        LoraConfigReader.tokenRows(common),
        Invocation.ALWAYS,
        new Method.AdaLora(
            rank, config.number("lora_alpha", RankRule.DEFAULT), masks(config, rank)));
  }

  private static Map<String, List<Boolean>> masks(ConfigValues config, int rank) {
    Map<String, List<Boolean>> masks = new HashMap<>();
    String name = "rank_pattern";
    if (config.isAbsent(name)) {
      return masks;
    }
    if (!config.at(name).isObject()) {
      throw config.invalid(name, "an object");
    }
    for (Map.Entry<String, JsonNode> entry : config.at(name).properties()) {
      Matcher key = MASK_KEY.matcher(entry.getKey());
      List<Boolean> mask = new ArrayList<>();
      for (JsonNode kept : entry.getValue()) {
        if (kept.isBoolean()) {
          mask.add(kept.booleanValue());
        }
      }
      boolean whole = entry.getValue().isArray() && mask.size() == entry.getValue().size();
      if (!key.matches() || !whole || mask.size() != rank) {
        throw config.invalid(
            name, "of modules' lora_E, each with " + rank + " (`init_r`) times true or false");
      }
      masks.put(key.group(1), mask);
    }
    return masks;
  }
}
