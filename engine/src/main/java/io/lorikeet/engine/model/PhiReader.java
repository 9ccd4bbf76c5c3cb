package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * {@code model_type: phi}: Phi-1 to Phi-2. Attention and a plain feed-forward layer run beside each
 * other on one norm; everything has a bias, the head too.
 */
final class PhiReader implements ModelReader {
  private static final ModulePaths MODULES =
      ModulePaths.LLAMA
          .with(
              Map.of(
                  Projection.O, "self_attn.dense",
                  Projection.UP, "mlp.fc1",
                  Projection.DOWN, "mlp.fc2"))
          .outer("embed_tokens", "final_layernorm", "lm_head")
          .normBias();

  @Override
  public Set<String> modelTypes() {
    return Set.of("phi");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("embd_pdrop", "resid_pdrop");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("PhiForCausalLM");
    config.requireFlag("qk_layernorm", false);
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_eps").orElse(1e-5))
            .residual(Residual.PARALLEL)
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.partial(0.5)))
            .mlp(MlpKind.PLAIN, Activations.read(config, "hidden_act", "gelu_new"))
            .headBias()
            .tied(config.flag("tie_word_embeddings", false))
            .modules(MODULES)
            .build();
    return new Architecture(spec, new TensorNames(spec).biased(EnumSet.allOf(Projection.class)));
  }
}
