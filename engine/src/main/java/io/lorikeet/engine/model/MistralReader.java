package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import java.util.Set;

/** {@code model_type: mistral}: a Llama without biases whose layers may all slide. */
final class MistralReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("mistral");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("MistralForCausalLM");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.LLAMA), Windows.everywhere(config))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .build();
    return new Architecture(spec, new TensorNames(spec));
  }
}
