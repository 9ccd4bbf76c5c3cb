package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.Optional;

/**
 * Reads the adapter_config.json of the methods that train a part of the base: norms or token rows.
 * Source: peft 0.21.2, LNTuningConfig and TrainableTokensConfig.
 */
final class TuningConfigReader {
  static final FieldTable NORM_FIELDS = FieldTable.common().used("exclude_modules");
  static final FieldTable TOKEN_FIELDS =
      FieldTable.common().used("token_indices").neutral("init_weights", "training only");

  private TuningConfigReader() {}

  static AdapterConfig norms(ConfigReader common) {
    return AdapterConfig.of(
        common,
        common.targets().read(DefaultTargets.norms(common.modelType()), false),
        new Method.NormTuning());
  }

  static AdapterConfig tokens(ConfigReader common) {
    String embedding = common.spec().modules().vocabulary().embedding();
    return AdapterConfig.of(
        common,
        common.targets().read(Optional.of(List.of(embedding)), false),
        new Method.TokenTuning(
            common.distinctTokens("token_indices", common.values().at("token_indices"))));
  }
}
