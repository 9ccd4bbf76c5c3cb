package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Scaling;
import java.util.Set;

/**
 * {@code model_type: gemma}: norms multiply by 1 + weight, the embedding is scaled by the root of
 * its width.
 */
final class GemmaReader implements ModelReader {
  static final ModulePaths MODULES = ModulePaths.LLAMA.normPlusOne();

  @Override
  public Set<String> modelTypes() {
    return Set.of("gemma");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("GemmaForCausalLM");
    config.requireFlag("use_bidirectional_attention", false);
    Sizes sizes = Sizes.llama(config);
    // The newer field decides where both stand.
    String activation = config.has("hidden_activation") ? "hidden_activation" : "hidden_act";
    config.has("hidden_act");
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.LLAMA))
            .mlp(MlpKind.GATED, Activations.gemma(config, activation))
            .scaling(scaling(sizes, 0))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(MODULES)
            .build();
    return new Architecture(
        spec, new TensorNames(spec).biased(LlamaReader.attentionBiased(config)));
  }

  /** Not rounded to the weights' type: the arithmetic is F32. */
  static Scaling scaling(Sizes sizes, double logitsCap) {
    return new Scaling((float) Math.sqrt(sizes.hidden()), 1f, 1f, (float) logitsCap);
  }
}
