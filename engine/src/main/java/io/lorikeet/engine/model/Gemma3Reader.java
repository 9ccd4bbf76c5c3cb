package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.LayerSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * {@code model_type: gemma3_text}: Gemma 2 with norms on queries and keys, five of six layers
 * sliding, and a rotary embedding of their own for these.
 */
final class Gemma3Reader implements ModelReader {
  private static final String PATTERN = "sliding_window_pattern";

  @Override
  public Set<String> modelTypes() {
    return Set.of("gemma3_text");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("cache_implementation");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("Gemma3ForCausalLM");
    config.requireFlag("use_bidirectional_attention", false);
    Sizes sizes = Sizes.llama(config);
    int window = config.optionalPositive("sliding_window", Integer.MAX_VALUE).orElse(4096);
    Optional<Integer> renamed = config.optionalPositive("_" + PATTERN, Sizes.LAYERS_MAX);
    int pattern = config.optionalPositive(PATTERN, Sizes.LAYERS_MAX).or(() -> renamed).orElse(6);
    IntPredicate slides =
        Windows.types(config, sizes.layers(), layer -> (layer + 1) % pattern != 0);
    RopeReader.Pair rope = RopeReader.readPair(config, sizes);
    double scalar = config.optionalPositiveNumber("query_pre_attn_scalar").orElse(256.0);
    double logitsCap = config.optionalPositiveNumber("final_logit_softcapping").orElse(0.0);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .residual(Residual.SANDWICH)
            .qkNorm(QkNorm.HEAD)
            .attentionScale(1 / Math.sqrt(scalar))
            .softCap(config.optionalPositiveNumber("attn_logit_softcapping").orElse(0.0))
            .layers(layer ->
                slides.test(layer)
                    ? new LayerSpec(window, rope.sliding().spec())
                    : new LayerSpec(0, rope.full().spec()))
            .mlp(MlpKind.GATED, Activations.gemma(config, "hidden_activation"))
            .scaling(GemmaReader.scaling(sizes, logitsCap))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(Gemma2Reader.SANDWICH)
            .build();
    return new Architecture(
        spec, new TensorNames(spec).biased(LlamaReader.attentionBiased(config)));
  }
}
