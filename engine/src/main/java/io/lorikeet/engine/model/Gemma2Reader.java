package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * {@code model_type: gemma2}: Gemma with norms on both sides, soft caps, and every other layer
 * sliding.
 */
final class Gemma2Reader implements ModelReader {
  /** Norms on both sides of attention and feed-forward layer. */
  static final ModulePaths SANDWICH =
      GemmaReader.MODULES.withNorms(
          Map.of(
              NormPlace.AFTER_ATTENTION, "post_attention_layernorm",
              NormPlace.BEFORE_MLP, "pre_feedforward_layernorm",
              NormPlace.AFTER_MLP, "post_feedforward_layernorm"));

  @Override
  public Set<String> modelTypes() {
    return Set.of("gemma2");
  }

  /** Beside the fields that decide, files carry these copies of them. */
  @Override
  public Set<String> neutralFields() {
    return Set.of("cache_implementation", "hidden_act", "sliding_window_size");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("Gemma2ForCausalLM");
    config.requireFlag("use_bidirectional_attention", false);
    Sizes sizes = Sizes.llama(config);
    int window = config.optionalPositive("sliding_window", Integer.MAX_VALUE).orElse(4096);
    IntPredicate slides = Windows.types(config, sizes.layers(), layer -> layer % 2 == 0);
    double scalar = config.optionalPositiveNumber("query_pre_attn_scalar").orElse(256.0);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .residual(Residual.SANDWICH)
            .attentionScale(1 / Math.sqrt(scalar))
            .softCap(cap(config, "attn_logit_softcapping", 50))
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.LLAMA),
                layer -> slides.test(layer) ? window : 0)
            .mlp(MlpKind.GATED, Activations.gemma(config, "hidden_activation"))
            .scaling(GemmaReader.scaling(sizes, cap(config, "final_logit_softcapping", 30)))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(SANDWICH)
            .build();
    return new Architecture(
        spec, new TensorNames(spec).biased(LlamaReader.attentionBiased(config)));
  }

  /** Null switches a cap off. */
  private static double cap(ConfigFields config, String field, double absent) {
    return config.optionalPositiveNumber(field).orElse(config.isNull(field) ? 0.0 : absent);
  }
}
