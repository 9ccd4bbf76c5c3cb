package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Map;

/** Reads VeRA's adapter_config.json. Source: peft 0.21.2, VeraConfig and VeraModel. */
final class VeraConfigReader {
  static final FieldTable FIELDS =
      FieldTable.common()
          .used("r", "save_projection", "bias", "layers_to_transform", "layers_pattern")
          .neutral("projection_prng_key", "the projections are in the file")
          .neutral("vera_dropout", "training only")
          .neutral("d_initial", "training only")
          .neutral("init_weights", "training only")
          .neutral("fan_in_fan_out", "A and B keep their orientation; the base's is known");

  private static final int DEFAULT_RANK = 256;

  private VeraConfigReader() {}

  static AdapterConfig read(ConfigReader common) {
    ConfigValues config = common.values();
    if (config.json().has("save_projection") && !config.flag("save_projection")) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PROJECTION_MISSING,
          "adapter_config.json: `save_projection` must be true: the random projections cannot be drawn again here. Save the adapter with them");
    }
    return new AdapterConfig(
        common.baseName(),
        common.targets().read(DefaultTargets.vera(common.modelType()), false),
        config.texts("modules_to_save"),
        common.bias("vera_only"),
        false,
        Map.of(),
        Invocation.ALWAYS,
        new Method.Vera(config.rank("r", DEFAULT_RANK)));
  }
}
