package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code model_type: qwen2_moe}, with an expert that every row shares, and {@code qwen3_moe}. Every
 * layer is sparse.
 */
final class QwenMoeReader implements ModelReader {
  private static final String EXPERT = "mlp.experts.%d.";
  private static final ModulePaths SHARED =
      ModulePaths.LLAMA.with(
          Map.of(
              Projection.GATE, "mlp.shared_expert.gate_proj",
              Projection.UP, "mlp.shared_expert.up_proj",
              Projection.DOWN, "mlp.shared_expert.down_proj"));
  private static final Map<Projection, String> EXPERTS =
      Map.of(Projection.GATE, "gate_proj", Projection.UP, "up_proj", Projection.DOWN, "down_proj");

  @Override
  public Set<String> modelTypes() {
    return Set.of("qwen2_moe", "qwen3_moe");
  }

  /** The width of dense layers, of which there are none. */
  @Override
  public Set<String> neutralFields() {
    return Set.of("intermediate_size");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    boolean second = modelType.equals("qwen2_moe");
    config.requireArchitecture(second ? "Qwen2MoeForCausalLM" : "Qwen3MoeForCausalLM");
    requireSparse(config);
    Sizes sizes = Sizes.llama(config, "moe_intermediate_size");
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .qkNorm(second ? QkNorm.NONE : QkNorm.HEAD)
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.LLAMA),
                Windows.qwen(config, sizes.layers()))
            .mlp(
                second ? MlpKind.GATED : MlpKind.NONE,
                Activations.read(config, "hidden_act", "silu"))
            .experts(experts(config, second))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(modules(second))
            .build();
    TensorNames names =
        new TensorNames(spec)
            .experts(
                "mlp.gate",
                "mlp.shared_expert_gate",
                Map.of(
                    Projection.GATE, EXPERT + "gate_proj",
                    Projection.UP, EXPERT + "up_proj",
                    Projection.DOWN, EXPERT + "down_proj"))
            .biased(biased(config, second));
    return new Architecture(spec, names);
  }

  private static ModulePaths modules(boolean shared) {
    Optional<String> gate = shared ? Optional.of("shared_expert_gate") : Optional.empty();
    return (shared ? SHARED : ModulePaths.LLAMA)
        .with(new SparsePaths(List.of("mlp"), "gate", EXPERTS, gate));
  }

  private static Experts experts(ConfigFields config, boolean shared) {
    Optional<Integer> renamed = config.optionalPositive("num_local_experts", Sizes.LAYERS_MAX);
    int count = renamed.orElseGet(() -> config.positive("num_experts", Sizes.LAYERS_MAX));
    config.optionalPositive("num_experts", Sizes.LAYERS_MAX);
    return new Experts(
        count,
        config.positive("num_experts_per_tok", count),
        config.flag("norm_topk_prob", false),
        shared ? config.positive("shared_expert_intermediate_size", Sizes.SIZE_MAX) : 0);
  }

  private static Set<Projection> biased(ConfigFields config, boolean second) {
    if (!second) {
      return LlamaReader.attentionBiased(config);
    }
    return config.flag("qkv_bias", true) ? EnumSet.range(Projection.Q, Projection.V) : Set.of();
  }

  private static void requireSparse(ConfigFields config) {
    if (!config.integers("mlp_only_layers", Sizes.LAYERS_MAX).isEmpty()) {
      throw config.unsupported("mlp_only_layers", "empty");
    }
    if (config.optionalPositive("decoder_sparse_step", Sizes.LAYERS_MAX).orElse(1) != 1) {
      throw config.unsupported("decoder_sparse_step", "1");
    }
  }
}
