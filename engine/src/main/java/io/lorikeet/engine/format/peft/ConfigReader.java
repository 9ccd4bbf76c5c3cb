package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads adapter_config.json: the method first, its reader then. What several methods have in common
 * is here.
 */
final class ConfigReader {
  private static final Set<String> TASKS = Set.of("CAUSAL_LM", "FEATURE_EXTRACTION");

  private final ConfigValues config;
  private final DecoderSpec spec;
  private final PatternBudget budget;

  ConfigReader(ObjectNode config, DecoderSpec spec, PatternBudget budget) {
    this.config = new ConfigValues(config);
    this.spec = spec;
    this.budget = budget;
  }

  AdapterConfig read() {
    if (!config.at("peft_type").isTextual()) {
      throw config.invalid("peft_type", "a string");
    }
    String type = config.at("peft_type").textValue();
    PeftMethod method = PeftMethod.of(type).orElseThrow(() -> unsupported(type));
    check(fields(method));
    return switch (method) {
      case LORA -> LoraConfigReader.read(this);
      case ADALORA -> AdaLoraConfigReader.read(this);
      case IA3 -> Ia3ConfigReader.read(this);
      case VERA -> VeraConfigReader.read(this);
      case LOHA -> LycorisConfigReader.loha(this);
      case LOKR -> LycorisConfigReader.lokr(this);
      case LN_TUNING -> TuningConfigReader.norms(this);
      case TRAINABLE_TOKENS -> TuningConfigReader.tokens(this);
    };
  }

  /** What becomes of a method's fields. */
  static FieldTable fields(PeftMethod method) {
    return switch (method) {
      case LORA -> LoraConfigReader.FIELDS;
      case ADALORA -> AdaLoraConfigReader.FIELDS;
      case IA3 -> Ia3ConfigReader.FIELDS;
      case VERA -> VeraConfigReader.FIELDS;
      case LOHA -> LycorisConfigReader.LOHA_FIELDS;
      case LOKR -> LycorisConfigReader.LOKR_FIELDS;
      case LN_TUNING -> TuningConfigReader.NORM_FIELDS;
      case TRAINABLE_TOKENS -> TuningConfigReader.TOKEN_FIELDS;
    };
  }

  private LorikeetException unsupported(String type) {
    String why =
        RefusedMethod.of(type)
            .map(method -> "this one is not supported: " + method.does())
            .orElse("this one is not known");
    return config.refuse(
        ErrorCode.ADAPTER_TYPE_UNSUPPORTED,
        "peft_type",
        "one of %s; %s".formatted(Arrays.toString(PeftMethod.values()), why));
  }

  private void check(FieldTable fields) {
    fields.check(config.json());
    if (config.text("task_type").filter(task -> !TASKS.contains(task)).isPresent()) {
      throw config.refuse(
          ErrorCode.ADAPTER_TASK_UNSUPPORTED, "task_type", "CAUSAL_LM, FEATURE_EXTRACTION or null");
    }
  }

  ConfigValues values() {
    return config;
  }

  DecoderSpec spec() {
    return spec;
  }

  String modelType() {
    return spec.modelType();
  }

  PatternBudget budget() {
    return budget;
  }

  TargetReader targets() {
    return new TargetReader(config, budget);
  }

  Optional<String> baseName() {
    return config.text("base_model_name_or_path");
  }

  /**
   * Reads {@code bias}.
   *
   * @param adaptedOnly the method's word for the biases of adapted modules
   */
  AdapterConfig.Bias bias(String adaptedOnly) {
    String bias = config.text("bias").orElse("none");
    if (bias.equals(adaptedOnly)) {
      return AdapterConfig.Bias.ADAPTED;
    }
    return switch (bias) {
      case "none" -> AdapterConfig.Bias.NONE;
      case "all" -> AdapterConfig.Bias.ALL;
      default ->
          throw config.refuse(
              ErrorCode.ADAPTER_BIAS_UNSUPPORTED, "bias", "none, " + adaptedOnly + " or all");
    };
  }

  /** A list of token ids, each once. */
  List<Integer> distinctTokens(String name, JsonNode list) {
    List<Integer> ids = tokens(name, list);
    if (ids.isEmpty() || ids.stream().distinct().count() < ids.size()) {
      throw config.invalid(name, "lists of token ids, each once");
    }
    return ids;
  }

  /** A list of token ids. */
  List<Integer> tokens(String name, JsonNode list) {
    if (!list.isArray()) {
      throw config.invalid(name, "lists of token ids");
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : list) {
      if (!id.isIntegralNumber()) {
        throw config.invalid(name, "token ids");
      }
      if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= spec.vocab()) {
        throw config.refuse(
            ErrorCode.ADAPTER_CONFIG_OUT_OF_RANGE,
            name,
            "token ids from 0 to " + (spec.vocab() - 1));
      }
      ids.add(id.intValue());
    }
    return ids;
  }
}
