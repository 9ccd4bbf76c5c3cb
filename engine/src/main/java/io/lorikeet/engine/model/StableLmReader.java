package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.EnumSet;
import java.util.Set;

/** {@code model_type: stablelm}: layer norms, a quarter of each head rotates. */
final class StableLmReader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("stablelm");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("hidden_dropout");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("StableLmForCausalLM");
    config.requireFlag("qk_layernorm", false);
    Sizes sizes = Sizes.llama(config);
    boolean parallel = config.flag("use_parallel_residual", false);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_eps").orElse(1e-5))
            .residual(parallel ? Residual.PARALLEL : Residual.PRE)
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.partial(0.25)))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(ModulePaths.LLAMA.normBias())
            .build();
    Set<Projection> biased =
        config.flag("use_qkv_bias", false) ? EnumSet.range(Projection.Q, Projection.V) : Set.of();
    return new Architecture(spec, new TensorNames(spec).biased(biased));
  }
}
