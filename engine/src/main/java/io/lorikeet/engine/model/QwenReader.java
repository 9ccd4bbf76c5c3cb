package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import java.util.EnumSet;
import java.util.Set;

/**
 * {@code model_type: qwen2}, with biases on queries, keys and values, and {@code qwen3}, with norms
 * on queries and keys.
 */
final class QwenReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("qwen2", "qwen3");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    boolean second = modelType.equals("qwen2");
    config.requireArchitecture(second ? "Qwen2ForCausalLM" : "Qwen3ForCausalLM");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .qkNorm(second ? QkNorm.NONE : QkNorm.HEAD)
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.LLAMA),
                Windows.qwen(config, sizes.layers()))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .build();
    Set<Projection> biased =
        second ? EnumSet.range(Projection.Q, Projection.V) : LlamaReader.attentionBiased(config);
    return new Architecture(spec, new TensorNames(spec).biased(biased));
  }
}
