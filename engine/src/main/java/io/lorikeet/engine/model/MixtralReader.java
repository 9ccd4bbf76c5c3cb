package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code model_type: mixtral}: a Mistral whose feed-forward layer is a choice of experts. */
final class MixtralReader implements ModelReader {
  private static final String EXPERT = "block_sparse_moe.experts.%d.";
  // Its files' name, and that of the module since transformers 5.
  private static final SparsePaths SPARSE =
      new SparsePaths(
          List.of("block_sparse_moe", "mlp"),
          "gate",
          Map.of(Projection.GATE, "w1", Projection.UP, "w3", Projection.DOWN, "w2"),
          Optional.empty());

  @Override
  public Set<String> modelTypes() {
    return Set.of("mixtral");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("router_jitter_noise");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("MixtralForCausalLM");
    Sizes sizes = Sizes.llama(config);
    int experts = config.optionalPositive("num_local_experts", Sizes.LAYERS_MAX).orElse(8);
    int perToken = config.optionalPositive("num_experts_per_tok", experts).orElse(2);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-5))
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.whole(1_000_000)),
                Windows.everywhere(config))
            .mlp(MlpKind.NONE, Activations.read(config, "hidden_act", "silu"))
            .experts(new Experts(experts, perToken, true, 0))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(ModulePaths.LLAMA.with(SPARSE))
            .build();
    TensorNames names =
        new TensorNames(spec)
            .experts(
                "block_sparse_moe.gate",
                "",
                Map.of(
                    Projection.GATE, EXPERT + "w1",
                    Projection.UP, EXPERT + "w3",
                    Projection.DOWN, EXPERT + "w2"));
    return new Architecture(spec, names);
  }
}
