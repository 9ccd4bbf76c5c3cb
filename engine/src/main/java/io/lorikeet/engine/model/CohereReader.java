package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import io.lorikeet.engine.model.DecoderSpec.Scaling;
import java.util.Set;

/**
 * {@code model_type: cohere}: Command R. Attention and feed-forward layer run beside each other on
 * one norm; neighbours rotate together; the logits are scaled.
 */
final class CohereReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("cohere");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("CohereForCausalLM");
    Sizes sizes = Sizes.llama(config);
    double logits = config.optionalPositiveNumber("logit_scale").orElse(0.0625);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_eps").orElse(1e-5))
            .residual(Residual.PARALLEL)
            .qkNorm(config.flag("use_qk_norm", false) ? QkNorm.EACH_HEAD : QkNorm.NONE)
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.whole(500_000)))
            .interleaved()
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .scaling(new Scaling(1f, 1f, (float) logits, 0f))
            .tied(config.flag("tie_word_embeddings", true))
            .build();
    return new Architecture(
        spec, new TensorNames(spec).biased(LlamaReader.attentionBiased(config)));
  }
}
