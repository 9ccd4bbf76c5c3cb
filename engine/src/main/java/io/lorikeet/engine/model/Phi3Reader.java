package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code model_type: phi3}: Phi-3, Phi-3.5 and Phi-4, with queries, keys and values in one matrix,
 * gate and up in another.
 */
final class Phi3Reader implements ModelReader {
  private static final RopeReader.Family ROPE =
      new RopeReader.Family(10_000, "rope_theta", Optional.of(1.0), "partial_rotary_factor", true);
  private static final ModulePaths MODULES =
      ModulePaths.LLAMA.with(
          Map.of(Projection.QKV, "self_attn.qkv_proj", Projection.GATE_UP, "mlp.gate_up_proj"));

  @Override
  public Set<String> modelTypes() {
    return Set.of("phi3");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("embd_pdrop", "resid_pdrop");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("Phi3ForCausalLM");
    config.requireFlag("attention_bias", false);
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-5))
            .layout(QkvLayout.STACKED)
            .rotary(RopeReader.read(config, sizes, ROPE), Windows.everywhere(config))
            .mlp(MlpKind.GATED_FUSED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(MODULES)
            .build();
    return new Architecture(spec, new TensorNames(spec));
  }
}
