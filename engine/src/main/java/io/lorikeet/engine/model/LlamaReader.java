package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import java.util.EnumSet;
import java.util.Set;

/**
 * {@code model_type: llama}: Llama 1 to 3.3 and the many models that took over its config, such as
 * Solar, Yi, DeepSeek LLM and SmolLM2.
 */
final class LlamaReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("llama");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("LlamaForCausalLM");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.LLAMA))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .build();
    return new Architecture(spec, new TensorNames(spec).biased(biased(config)));
  }

  /** {@code attention_bias} is of all four projections, {@code mlp_bias} of all three. */
  static Set<Projection> biased(ConfigFields config) {
    Set<Projection> biased = EnumSet.noneOf(Projection.class);
    if (config.flag("attention_bias", false)) {
      biased.addAll(EnumSet.range(Projection.Q, Projection.O));
    }
    if (config.flag("mlp_bias", false)) {
      biased.addAll(EnumSet.range(Projection.GATE, Projection.DOWN));
    }
    return biased;
  }

  /** As {@link #biased} for families without {@code mlp_bias}. */
  static Set<Projection> attentionBiased(ConfigFields config) {
    return config.flag("attention_bias", false)
        ? EnumSet.range(Projection.Q, Projection.O)
        : Set.of();
  }
}
