package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads which modules a configuration selects. Source: peft 0.21.2, check_target_module_exists and
 * the checks of each method's configuration.
 */
final class TargetReader {
  private final ConfigValues config;
  private final PatternBudget budget;

  TargetReader(ConfigValues config, PatternBudget budget) {
    this.config = config;
    this.budget = budget;
  }

  /**
   * Reads target_modules, exclude_modules, layers_to_transform and layers_pattern.
   *
   * @param defaults targets where the file has none; empty where this kind of base has no default
   * @param strict layers stand beside lists of targets only
   */
  TargetRule read(Optional<List<String>> defaults, boolean strict) {
    JsonNode field = config.at("target_modules");
    boolean regex = field.isTextual() && !field.textValue().isEmpty();
    TargetRule.Matcher targets;
    if (config.isAbsent("target_modules")) {
      targets =
          new TargetRule.Names(
              defaults.orElseThrow(() ->
                  config.invalid("target_modules", "there, for this kind of base has no default")));
    } else if (regex && field.textValue().equalsIgnoreCase("all-linear")) {
      targets = new TargetRule.All();
    } else {
      targets = matcher("target_modules");
    }
    return new TargetRule(targets, matcher("exclude_modules"), layers(strict && regex));
  }

  /** A field that holds a regular expression or a list of endings. */
  TargetRule.Matcher matcher(String name) {
    JsonNode field = config.at(name);
    if (field.isTextual() && !field.textValue().isEmpty()) {
      return new TargetRule.Regex(ModulePattern.compile(name, field.textValue(), budget));
    }
    return new TargetRule.Names(config.texts(name));
  }

  private TargetRule.Layers layers(boolean forbidden) {
    Set<Integer> numbers = layerNumbers();
    List<String> patterns =
        config.at("layers_pattern").isTextual()
            ? config.text("layers_pattern").stream().filter(p -> !p.isEmpty()).toList()
            : config.texts("layers_pattern");
    boolean restricted = !config.isAbsent("layers_to_transform");
    if (forbidden && (restricted || !patterns.isEmpty())) {
      throw config.invalid(
          "target_modules", "a list where layers_to_transform or layers_pattern stands");
    }
    if (!patterns.isEmpty() && !restricted) {
      throw config.invalid("layers_to_transform", "there where layers_pattern stands");
    }
    return new TargetRule.Layers(
        numbers,
        patterns.stream()
            .map(pattern -> ModulePattern.compile("layers_pattern", pattern, budget))
            .toList());
  }

  private Set<Integer> layerNumbers() {
    Set<Integer> numbers = new HashSet<>();
    if (config.isAbsent("layers_to_transform")) {
      return numbers;
    }
    JsonNode field = config.at("layers_to_transform");
    for (JsonNode number : field.isArray() ? field : List.of(field)) {
      if (!number.isIntegralNumber() || !number.canConvertToInt()) {
        throw config.invalid("layers_to_transform", "a layer number or a list of them");
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }
}
