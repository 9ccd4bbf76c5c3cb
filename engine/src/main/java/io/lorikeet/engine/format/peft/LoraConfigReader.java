package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.peft.LoraConfig.Special;
import io.lorikeet.engine.model.DecoderSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Reads adapter_config.json. An absent field has PEFT's default. Source: peft 0.21.2, LoraConfig.
 */
final class LoraConfigReader {
  private static final int RANK_MAX = 1 << 20;
  private static final int BRIEF_CHARS = 200;
  private static final double DEFAULT_RANK_AND_ALPHA = 8;
  private static final Set<String> TASKS = Set.of("CAUSAL_LM", "FEATURE_EXTRACTION");
  private static final Set<String> PLAIN_INITS = Set.of("gaussian", "orthogonal", "eva", "mica");
  private static final Set<String> VOCABULARIES = Set.of("embed_tokens", "lm_head");
  private static final List<String> BASE_CHANGING_INITS =
      List.of("pissa", "olora", "corda", "loftq", "lora_ga");

  private final ObjectNode config;
  private final DecoderSpec spec;
  private final PatternBudget budget;

  LoraConfigReader(ObjectNode config, DecoderSpec spec, PatternBudget budget) {
    this.config = config;
    this.spec = spec;
    this.budget = budget;
  }

  LoraConfig read() {
    checkType();
    LoraFields.check(config);
    checkTask();
    checkInit();
    return new LoraConfig(
        text("base_model_name_or_path"),
        config.has("r") ? rank("r", config.get("r")) : (int) DEFAULT_RANK_AND_ALPHA,
        config.has("lora_alpha")
            ? alpha("lora_alpha", config.get("lora_alpha"))
            : DEFAULT_RANK_AND_ALPHA,
        flag("use_rslora"),
        flag("use_dora"),
        targets(),
        specials("rank_pattern", value -> rank("rank_pattern", value)),
        specials("alpha_pattern", value -> alpha("alpha_pattern", value)),
        texts("modules_to_save"),
        bias(),
        loraBias(),
        flag("ensure_weight_tying"),
        tokenRows(),
        invocation());
  }

  private void checkType() {
    JsonNode type = config.path("peft_type");
    if (!type.isTextual()) {
      throw invalid("peft_type", "a string");
    }
    if (!type.textValue().equals("LORA")) {
      throw refuse(ErrorCode.ADAPTER_TYPE_UNSUPPORTED, "peft_type", "LORA");
    }
  }

  private void checkTask() {
    if (text("task_type").filter(task -> !TASKS.contains(task)).isPresent()) {
      throw refuse(
          ErrorCode.ADAPTER_TASK_UNSUPPORTED, "task_type", "CAUSAL_LM, FEATURE_EXTRACTION or null");
    }
  }

  private LoraConfig.Bias bias() {
    return switch (text("bias").orElse("none")) {
      case "none" -> LoraConfig.Bias.NONE;
      case "lora_only" -> LoraConfig.Bias.LORA_ONLY;
      case "all" -> LoraConfig.Bias.ALL;
      default -> throw refuse(ErrorCode.ADAPTER_BIAS_UNSUPPORTED, "bias", "none, lora_only or all");
    };
  }

  private boolean loraBias() {
    if (flag("lora_bias") && flag("use_dora")) {
      throw invalid("lora_bias", "off where `use_dora` is on");
    }
    return flag("lora_bias");
  }

  private Invocation invocation() {
    JsonNode field = config.path("alora_invocation_tokens");
    if (field.isMissingNode() || LoraFields.isOff(field)) {
      return Invocation.ALWAYS;
    }
    return new Invocation(
        tokens("alora_invocation_tokens", field).stream().mapToInt(Integer::intValue).toArray());
  }

  private void checkInit() {
    JsonNode init = config.path("init_lora_weights");
    if (init.isMissingNode() || init.isNull() || init.isBoolean()) {
      return;
    }
    String name = init.isTextual() ? init.textValue().toLowerCase(Locale.ROOT) : "";
    if (BASE_CHANGING_INITS.stream().anyMatch(name::startsWith)) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_BASE_MODIFIED,
          "adapter_config.json: `init_lora_weights` is %s: the adapter is relative to a changed base. Save it again with PEFT's path_initial_model_for_weight_conversion, or convert it to plain LoRA"
              .formatted(brief(init.toString())));
    }
    if (!PLAIN_INITS.contains(name)) {
      throw refuse(
          ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
          "init_lora_weights",
          "true, false or one of " + PLAIN_INITS.stream().sorted().toList());
    }
  }

  // A list is of the input embedding.
  private Map<String, List<Integer>> tokenRows() {
    Map<String, List<Integer>> rows = new LinkedHashMap<>();
    String name = "trainable_token_indices";
    JsonNode indices = config.path(name);
    if (indices.isMissingNode() || LoraFields.isOff(indices)) {
      return rows;
    }
    if (!indices.isObject()) {
      rows.put("embed_tokens", distinct(name, tokens(name, indices)));
      return rows;
    }
    for (Map.Entry<String, JsonNode> entry : indices.properties()) {
      if (!VOCABULARIES.contains(entry.getKey())) {
        throw refuse(
            ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED, name, "of embed_tokens or lm_head");
      }
      rows.put(entry.getKey(), distinct(name, tokens(name, entry.getValue())));
    }
    return rows;
  }

  private List<Integer> distinct(String name, List<Integer> ids) {
    if (ids.isEmpty() || ids.stream().distinct().count() < ids.size()) {
      throw invalid(name, "lists of token ids, each once");
    }
    return ids;
  }

  private List<Integer> tokens(String name, JsonNode list) {
    if (!list.isArray()) {
      throw invalid(name, "lists of token ids");
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : list) {
      if (!id.isIntegralNumber()) {
        throw invalid(name, "token ids");
      }
      if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= spec.vocab()) {
        throw refuse(
            ErrorCode.ADAPTER_CONFIG_OUT_OF_RANGE,
            name,
            "token ids from 0 to " + (spec.vocab() - 1));
      }
      ids.add(id.intValue());
    }
    return ids;
  }

  private TargetRule targets() {
    JsonNode field = config.path("target_modules");
    boolean regex = field.isTextual() && !field.textValue().isEmpty();
    TargetRule.Matcher targets;
    if (field.isMissingNode() || field.isNull()) {
      targets = defaultTargets();
    } else if (regex && field.textValue().equalsIgnoreCase("all-linear")) {
      targets = new TargetRule.All();
    } else {
      targets = matcher("target_modules");
    }
    return new TargetRule(targets, matcher("exclude_modules"), layers(regex));
  }

  private TargetRule.Matcher defaultTargets() {
    if (!spec.modelType().equals("llama")) {
      throw invalid("target_modules", "there, for this kind of base has no default");
    }
    return new TargetRule.Names(List.of("q_proj", "v_proj"));
  }

  private TargetRule.Matcher matcher(String name) {
    JsonNode field = config.path(name);
    if (field.isTextual() && !field.textValue().isEmpty()) {
      return new TargetRule.Regex(ModulePattern.compile(name, field.textValue(), budget));
    }
    return new TargetRule.Names(texts(name));
  }

  private TargetRule.Layers layers(boolean regexTargets) {
    Set<Integer> numbers = layerNumbers();
    List<String> patterns =
        config.path("layers_pattern").isTextual()
            ? text("layers_pattern").stream().filter(pattern -> !pattern.isEmpty()).toList()
            : texts("layers_pattern");
    boolean restricted =
        !config.path("layers_to_transform").isMissingNode()
            && !config.path("layers_to_transform").isNull();
    if (regexTargets && (restricted || !patterns.isEmpty())) {
      throw invalid("target_modules", "a list where layers_to_transform or layers_pattern stands");
    }
    if (!patterns.isEmpty() && !restricted) {
      throw invalid("layers_to_transform", "there where layers_pattern stands");
    }
    return new TargetRule.Layers(
        numbers,
        patterns.stream()
            .map(pattern -> ModulePattern.compile("layers_pattern", pattern, budget))
            .toList());
  }

  private Set<Integer> layerNumbers() {
    JsonNode field = config.path("layers_to_transform");
    Set<Integer> numbers = new HashSet<>();
    if (field.isMissingNode() || field.isNull()) {
      return numbers;
    }
    for (JsonNode number : field.isArray() ? field : List.of(field)) {
      if (!number.isIntegralNumber() || !number.canConvertToInt()) {
        throw invalid("layers_to_transform", "a layer number or a list of them");
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  private List<Special> specials(String name, ToDoubleFunction<JsonNode> value) {
    List<Special> specials = new ArrayList<>();
    JsonNode field = config.path(name);
    if (field.isMissingNode() || field.isNull()) {
      return specials;
    }
    if (!field.isObject()) {
      throw invalid(name, "an object");
    }
    for (Map.Entry<String, JsonNode> entry : field.properties()) {
      // PEFT builds the pattern from text in the same way, so a strange key means the same.
      String pattern = "(.*\\.)?(" + entry.getKey() + ")$";
      specials.add(
          new Special(
              ModulePattern.compile(name, pattern, budget), value.applyAsDouble(entry.getValue())));
    }
    return specials;
  }

  private int rank(String name, JsonNode value) {
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < 1
        || value.intValue() > RANK_MAX) {
      throw invalid(name, "an integer from 1 to " + RANK_MAX);
    }
    return value.intValue();
  }

  private double alpha(String name, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw invalid(name, "a finite number");
    }
    return value.doubleValue();
  }

  private boolean flag(String name) {
    JsonNode field = config.path(name);
    if (field.isMissingNode() || field.isNull()) {
      return false;
    }
    if (!field.isBoolean()) {
      throw invalid(name, "true or false");
    }
    return field.booleanValue();
  }

  private Optional<String> text(String name) {
    JsonNode field = config.path(name);
    if (field.isMissingNode() || field.isNull()) {
      return Optional.empty();
    }
    if (!field.isTextual()) {
      throw invalid(name, "a string");
    }
    return Optional.of(field.textValue());
  }

  private List<String> texts(String name) {
    JsonNode field = config.path(name);
    List<String> texts = new ArrayList<>();
    if (field.isMissingNode() || LoraFields.isOff(field)) {
      return texts;
    }
    if (!field.isArray()) {
      throw invalid(name, "a string or a list of strings");
    }
    for (JsonNode entry : field) {
      if (!entry.isTextual()) {
        throw invalid(name, "a string or a list of strings");
      }
      texts.add(entry.textValue());
    }
    return texts;
  }

  private LorikeetException invalid(String name, String wanted) {
    return refuse(ErrorCode.ADAPTER_CONFIG_INVALID, name, wanted);
  }

  private LorikeetException refuse(ErrorCode code, String name, String wanted) {
    return new LorikeetException(
        code,
        "adapter_config.json: `%s` must be %s. Given: %s"
            .formatted(name, wanted, brief(config.path(name).toString())));
  }

  /** A value of the file as it may stand in a message. */
  static String brief(String text) {
    return text.length() > BRIEF_CHARS ? text.substring(0, BRIEF_CHARS) + "..." : text;
  }
}
