package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.ModulePaths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads LoRA's adapter_config.json. An absent field has PEFT's default. Source: peft 0.21.2,
 * LoraConfig.
 */
final class LoraConfigReader {
  static final FieldTable FIELDS =
      FieldTable.common()
          .used("r", "lora_alpha", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern")
          .used("exclude_modules", "layers_to_transform", "layers_pattern", "bias")
          .used("init_lora_weights", "trainable_token_indices", "ensure_weight_tying")
          .used("lora_bias", "alora_invocation_tokens", "use_bdlora")
          .used("target_parameters", "peft_version")
          .neutral("lora_dropout", "training only")
          .neutral("fan_in_fan_out", "A and B keep their orientation; the base's is known")
          .neutral("velora_config", "changes the backward pass only")
          .neutral("loftq_config", "init_lora_weights decides")
          .neutral("eva_config", "init_lora_weights decides")
          .neutral("corda_config", "init_lora_weights decides")
          .neutral("lora_ga_config", "init_lora_weights decides")
          .neutral("runtime_config", "where the work is done in training")
          .neutral("qalora_group_size", "use_qalora decides")
          .neutral("megatron_core", "megatron_config decides")
          .refused(
              "layer_replication",
              ErrorCode.ADAPTER_LAYER_REPLICATION_UNSUPPORTED,
              "another number of layers")
          .refused("use_qalora", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "QALoRA's pooled input")
          .refused("arrow_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "a router over adapters")
          .refused("monteclora_config", ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, "sampled weights")
          .refused("kasa_config", ErrorCode.ADAPTER_BASE_MODIFIED, "a truncated base")
          .refused(
              "megatron_config", ErrorCode.ADAPTER_FIELD_UNSUPPORTED, "Megatron's parallel layers");

  private static final Set<String> PLAIN_INITS = Set.of("gaussian", "orthogonal", "eva", "mica");
  private static final List<String> VARIANTS =
      List.of("use_dora", "use_bdlora", "alora_invocation_tokens", "velora_config");
  private static final List<String> BASE_CHANGING_INITS =
      List.of("pissa", "olora", "corda", "loftq", "lora_ga");

  private static final Pattern VERSION = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})");

  private LoraConfigReader() {}

  static AdapterConfig read(ConfigReader common) {
    ConfigValues config = common.values();
    checkInit(config);
    checkVariants(config);
    return new AdapterConfig(
        common.baseName(),
        common.targets().read(DefaultTargets.lora(common.modelType()), true),
        config.texts("modules_to_save"),
        common.bias("lora_only"),
        config.flag("ensure_weight_tying"),
        tokenRows(common),
        invocation(common),
        new Method.Lora(
            RankRule.read(config, "lora_alpha", config.flag("use_rslora"), common.budget()),
            config.flag("use_dora"),
            loraBias(config),
            BlockRule.read(config),
            parameters(config),
            isBefore019(config)));
  }

  // PEFT refuses the first three there and would not heed the others.
  private static TargetRule.Names parameters(ConfigValues config) {
    List<String> names = config.texts("target_parameters");
    for (String flag : List.of("use_dora", "lora_bias", "fan_in_fan_out")) {
      if (!names.isEmpty() && config.flag(flag)) {
        throw config.invalid(flag, "off where `target_parameters` stands");
      }
    }
    for (String variant : List.of("use_bdlora", "alora_invocation_tokens")) {
      if (!names.isEmpty() && !config.isOff(variant)) {
        throw config.refuse(
            ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, variant, "off where `target_parameters` stands");
      }
    }
    return new TargetRule.Names(names);
  }

  // The first ones that could adapt experts did not write their version yet.
  private static boolean isBefore019(ConfigValues config) {
    Matcher version = VERSION.matcher(config.text("peft_version").orElse(""));
    return !version.lookingAt()
        || (version.group(1).equals("0") && Integer.parseInt(version.group(2)) < 19);
  }

  // PEFT has classes for single variants only and refuses two at once.
  private static void checkVariants(ConfigValues config) {
    List<String> on =
        VARIANTS.stream()
            .filter(variant -> !config.isOff(variant))
            .collect(Collectors.toCollection(ArrayList::new));
    if (config.at("init_lora_weights").asText().equals("mica")) {
      on.add("init_lora_weights");
    }
    boolean biased = config.flag("lora_bias") && !config.isOff("use_bdlora");
    if (on.size() > 1 || biased) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "adapter_config.json: one variant of LoRA at most must be on. Given: `%s`"
              .formatted(biased ? "lora_bias`, `use_bdlora" : String.join("`, `", on)));
    }
  }

  private static boolean loraBias(ConfigValues config) {
    if (config.flag("lora_bias") && config.flag("use_dora")) {
      throw config.invalid("lora_bias", "off where `use_dora` is on");
    }
    if (config.flag("lora_bias") && config.at("init_lora_weights").isTextual()) {
      throw config.invalid("lora_bias", "off where `init_lora_weights` is neither true nor false");
    }
    return config.flag("lora_bias");
  }

  private static Invocation invocation(ConfigReader common) {
    ConfigValues config = common.values();
    if (config.isOff("alora_invocation_tokens")) {
      return Invocation.ALWAYS;
    }
    return new Invocation(
        common.tokens("alora_invocation_tokens", config.at("alora_invocation_tokens")).stream()
            .mapToInt(Integer::intValue)
            .toArray());
  }

  /**
   * Checks {@code init_lora_weights}.
   *
   * @throws LorikeetException ADAPTER_BASE_MODIFIED, ADAPTER_FIELD_UNSUPPORTED
   */
  static void checkInit(ConfigValues config) {
    JsonNode init = config.at("init_lora_weights");
    if (init.isMissingNode() || init.isNull() || init.isBoolean()) {
      return;
    }
    String name = init.isTextual() ? init.textValue().toLowerCase(Locale.ROOT) : "";
    if (BASE_CHANGING_INITS.stream().anyMatch(name::startsWith)) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_BASE_MODIFIED,
          "adapter_config.json: `init_lora_weights` is %s: the adapter is relative to a changed base. Save it again with PEFT's path_initial_model_for_weight_conversion, or convert it to plain LoRA"
              .formatted(ConfigValues.brief(init.toString())));
    }
    if (!PLAIN_INITS.contains(name)) {
      throw config.refuse(
          ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
          "init_lora_weights",
          "true, false or one of " + PLAIN_INITS.stream().sorted().toList());
    }
  }

  /** Reads {@code trainable_token_indices}; a list is of the input embedding. */
  static Map<String, List<Integer>> tokenRows(ConfigReader common) {
    ConfigValues config = common.values();
    Map<String, List<Integer>> rows = new LinkedHashMap<>();
    String name = "trainable_token_indices";
    if (config.isOff(name)) {
      return rows;
    }
    JsonNode indices = config.at(name);
    if (!indices.isObject()) {
      rows.put(
          common.spec().modules().vocabulary().embedding(), common.distinctTokens(name, indices));
      return rows;
    }
    for (Map.Entry<String, JsonNode> entry : indices.properties()) {
      if (vocabularies(common).noneMatch(path -> ("." + path).endsWith("." + entry.getKey()))) {
        throw config.refuse(
            ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED,
            name,
            "of " + String.join(" or ", vocabularies(common).toList()));
      }
      rows.put(entry.getKey(), common.distinctTokens(name, entry.getValue()));
    }
    return rows;
  }

  /** Paths of embedding and head. */
  private static Stream<String> vocabularies(ConfigReader common) {
    ModulePaths modules = common.spec().modules();
    ModulePaths.Vocabulary names = modules.vocabulary();
    return Stream.concat(Stream.of(modules.inner() + names.embedding()), names.heads().stream());
  }
}
