package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;

/** Reads (IA)3's adapter_config.json. Source: peft 0.21.2, IA3Config and IA3Model. */
final class Ia3ConfigReader {
  static final FieldTable FIELDS =
      FieldTable.common()
          .used("exclude_modules", "feedforward_modules")
          .neutral("fan_in_fan_out", "vectors have no orientation")
          .neutral("init_ia3_weights", "training only");

  private static final String FEED_FORWARD = "feedforward_modules";

  private Ia3ConfigReader() {}

  static AdapterConfig read(ConfigReader common) {
    return AdapterConfig.of(
        common,
        common.targets().read(DefaultTargets.ia3(common.modelType()), false),
        new Method.Ia3(feedForward(common)));
  }

  private static Method.Ia3.FeedForward feedForward(ConfigReader common) {
    ConfigValues config = common.values();
    JsonNode field = config.at(FEED_FORWARD);
    if (field.isTextual() && !field.textValue().isEmpty()) {
      TargetRule.Matcher regex = common.targets().matcher(FEED_FORWARD);
      return key -> regex.match(key) != TargetRule.Match.NONE;
    }
    List<String> names =
        config.isAbsent(FEED_FORWARD)
            ? DefaultTargets.ia3FeedForward(common.modelType())
                .orElseThrow(() ->
                    config.invalid(FEED_FORWARD, "there, for this kind of base has no default"))
            : config.texts(FEED_FORWARD);
    if (!config.isAbsent(FEED_FORWARD)
        && config.at("target_modules").isArray()
        && !new HashSet<>(config.texts("target_modules")).containsAll(names)) {
      throw config.invalid(FEED_FORWARD, "some of `target_modules`");
    }
    // PEFT does not ask for a dot before the ending here.
    return key -> names.stream().anyMatch(key::endsWith);
  }
}
