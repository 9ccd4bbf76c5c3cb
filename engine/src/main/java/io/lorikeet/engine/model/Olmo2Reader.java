package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.Map;
import java.util.Set;

/**
 * {@code model_type: olmo2}: norms after attention and feed-forward layer instead of before, and
 * over all queries and all keys.
 */
final class Olmo2Reader implements ModelReader {
  private static final ModulePaths MODULES =
      ModulePaths.LLAMA.withNorms(
          Map.of(
              NormPlace.AFTER_ATTENTION, "post_attention_layernorm",
              NormPlace.AFTER_MLP, "post_feedforward_layernorm"));

  @Override
  public Set<String> modelTypes() {
    return Set.of("olmo2");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("Olmo2ForCausalLM");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-5))
            .residual(Residual.POST)
            .qkNorm(QkNorm.WHOLE)
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.LLAMA))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(MODULES)
            .build();
    return new Architecture(
        spec, new TensorNames(spec).biased(LlamaReader.attentionBiased(config)));
  }
}
