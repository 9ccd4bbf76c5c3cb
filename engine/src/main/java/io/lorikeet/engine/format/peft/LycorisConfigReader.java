package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;

/**
 * Reads the adapter_config.json of LoHa and LoKr. Source: peft 0.21.2, LoHaConfig, LoKrConfig and
 * LycorisTuner.
 */
final class LycorisConfigReader {
  static final FieldTable LOHA_FIELDS = fields();
  static final FieldTable LOKR_FIELDS =
      fields()
          .neutral("decompose_both", "the tensors say which matrices are products")
          .neutral("decompose_factor", "the tensors' shapes say it")
          .neutral("rank_dropout_scale", "training only");

  private LycorisConfigReader() {}

  private static FieldTable fields() {
    return FieldTable.common()
        .used("r", "alpha", "rank_pattern", "alpha_pattern")
        .used("exclude_modules", "layers_to_transform", "layers_pattern")
        .neutral("rank_dropout", "training only")
        .neutral("module_dropout", "training only")
        .neutral("init_weights", "training only")
        .neutral("use_effective_conv2d", "no decoder served here has convolutions");
  }

  static AdapterConfig loha(ConfigReader common) {
    return read(common, new Method.Loha(ranks(common)));
  }

  static AdapterConfig lokr(ConfigReader common) {
    return read(common, new Method.Lokr(ranks(common)));
  }

  private static RankRule ranks(ConfigReader common) {
    return RankRule.read(common.values(), "alpha", false, common.budget());
  }

  private static AdapterConfig read(ConfigReader common, Method method) {
    if (common.modelType().equals("gpt2")) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "adapter_config.json: LoHa and LoKr must be of linear layers; those of gpt2 are Conv1D, which PEFT does not give them");
    }
    return AdapterConfig.of(
        common, common.targets().read(DefaultTargets.lora(common.modelType()), false), method);
  }
}
