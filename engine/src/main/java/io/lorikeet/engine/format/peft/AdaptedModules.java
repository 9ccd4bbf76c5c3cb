package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.stream.Stream;

/**
 * The base's modules as an adapter sees them: which of them its configuration selects, and what its
 * file holds for each. Source: peft 0.21.2, check_target_module_exists and _inject_parameters.
 */
final class AdaptedModules {
  private static final String WEIGHT = ".weight";
  private static final String GATE_UP = ".gate_up_proj";
  private static final String DOWN = ".down_proj";
  private static final String NESTED = ".base_layer";

  private final AdapterConfig config;
  private final AdapterTensors tensors;

  AdaptedModules(AdapterConfig config, AdapterTensors tensors) {
    this.config = config;
    this.tensors = tensors;
  }

  /** The tensors of a module, under the path that its patterns of rank and alpha see. */
  ModuleParts parts(Site site) {
    String key = tensors.key(site);
    boolean parameter = isLinear(site) && isParameter(key + WEIGHT);
    return new ModuleParts(parameter ? key + WEIGHT : key, tensors.parts(site));
  }

  boolean hasTensors(Site site) {
    return !tensors.parts(site).isEmpty();
  }

  boolean isSelected(Site site) {
    String key = tensors.key(site);
    return switch (site) {
      case Site.Shared _ -> false;
      case Site.Scale _ -> config.method() instanceof Method.NormTuning && config.selects(key);
      case Site.Linear _, Site.Expert _, Site.Router _, Site.SharedGate _ ->
          config.selects(key) || isParameter(key + WEIGHT);
      case Site.FusedExperts _ -> parameters(site, key).anyMatch(this::isParameter);
      case Site.Embedding _, Site.Positions _, Site.Head _ ->
          !(config.targets().targets() instanceof TargetRule.All) && config.selects(key);
    };
  }

  boolean anySelected() {
    return tensors.sites().stream().anyMatch(this::isSelected);
  }

  /** Entries of target_parameters that name no weight that can be adapted. */
  List<String> unknownParameters(TargetRule.Names parameters) {
    return parameters.names().stream()
        .filter(name -> {
          TargetRule.Names one = new TargetRule.Names(List.of(name));
          return !tensors.anyModule(
              (site, key) -> parameters(site, key).anyMatch(parameter -> matches(one, parameter)));
        })
        .sorted()
        .toList();
  }

  /** Path of a fused weight, which target_parameters and the patterns of rank and alpha see. */
  String fused(Site.FusedExperts site, boolean down) {
    String key = tensors.key(site);
    String module = site.inner() ? key.substring(0, key.length() - NESTED.length()) : key;
    return module + (down ? DOWN : GATE_UP);
  }

  /** Path of the module in whose place the first of two adapted parameters stands. */
  static String nested(String module) {
    return module + NESTED;
  }

  /** Whether target_parameters selects a weight. */
  boolean isParameter(String key) {
    return config.method() instanceof Method.Lora lora && matches(lora.parameters(), key);
  }

  private static boolean matches(TargetRule.Names names, String key) {
    return names.match(key) != TargetRule.Match.NONE;
  }

  private static Stream<String> parameters(Site site, String key) {
    if (site instanceof Site.FusedExperts(int _, boolean inner)) {
      return inner ? Stream.of() : Stream.of(key + GATE_UP, key + DOWN);
    }
    return isLinear(site) ? Stream.of(key + WEIGHT) : Stream.of();
  }

  private static boolean isLinear(Site site) {
    return switch (site) {
      case Site.Linear _, Site.Expert _, Site.Router _, Site.SharedGate _ -> true;
      case Site.FusedExperts _,
          Site.Scale _,
          Site.Shared _,
          Site.Embedding _,
          Site.Positions _,
          Site.Head _ ->
          false;
    };
  }
}
