package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Scaling;
import java.util.Set;

/**
 * {@code model_type: granite}: a Llama with factors on embedding, attention, residual and logits.
 */
final class GraniteReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("granite");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("GraniteForCausalLM");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .attentionScale(factor(config, "attention_multiplier"))
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.LLAMA))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .scaling(
                new Scaling(
                    (float) factor(config, "embedding_multiplier"),
                    (float) factor(config, "residual_multiplier"),
                    (float) (1 / factor(config, "logits_scaling")),
                    0f))
            .tied(config.flag("tie_word_embeddings", false))
            .build();
    return new Architecture(spec, new TensorNames(spec).biased(LlamaReader.biased(config)));
  }

  private static double factor(ConfigFields config, String field) {
    return config.optionalPositiveNumber(field).orElse(1.0);
  }
}
