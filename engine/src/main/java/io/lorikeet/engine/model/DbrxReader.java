package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.Activation;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code model_type: dbrx}: queries, keys and values are clipped, the feed-forward layer is a
 * choice of experts, whose matrices the files stack. Down matrices are stored as {@code [in, out]};
 * they are copied transposed at load.
 */
final class DbrxReader implements ModelReader {
  private static final String ATTENTION = "attn_config";
  private static final String EXPERTS = "ffn_config";
  private static final String THETA = "rope_theta";
  private static final String NORMALISED = "moe_normalize_expert_weights";

  private static final ModulePaths MODULES =
      ModulePaths.of(
              "transformer.",
              "blocks",
              Map.of(
                  Projection.QKV, "norm_attn_norm.attn.Wqkv",
                  Projection.O, "norm_attn_norm.attn.out_proj"))
          .outer("wte", "norm_f", "lm_head")
          .withNorms(
              Map.of(
                  NormPlace.BEFORE_ATTENTION, "norm_attn_norm.norm_1",
                  NormPlace.BEFORE_MLP, "norm_attn_norm.norm_2"))
          .with(new SparsePaths(List.of("ffn"), "router.layer", Map.of(), Optional.empty()));

  @Override
  public Set<String> modelTypes() {
    return Set.of("dbrx");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("emb_pdrop", "resid_pdrop");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("DbrxForCausalLM");
    config.requireFlag("tie_word_embeddings", false);
    ConfigFields attention = nested(config, ATTENTION);
    ConfigFields mixture = nested(config, EXPERTS);
    Sizes sizes = sizes(config, attention, mixture);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, 1e-5)
            .layout(QkvLayout.STACKED)
            .clip(attention.optionalPositiveNumber("clip_qkv").orElse(0.0))
            .rotary(rotary(config, attention, sizes))
            .mlp(MlpKind.NONE, activation(mixture))
            .experts(experts(mixture))
            .modules(MODULES)
            .build();
    finish(attention, "attn_pdrop");
    finish(mixture, "moe_jitter_eps", "moe_loss_weight");
    TensorNames names =
        new TensorNames(spec)
            .stackedExperts(
                "ffn.router.layer",
                Map.of(
                    Projection.GATE, "ffn.experts.mlp.w1",
                    Projection.UP, "ffn.experts.mlp.v1",
                    Projection.DOWN, "ffn.experts.mlp.w2"));
    return new Architecture(spec, names);
  }

  private static ConfigFields nested(ConfigFields config, String name) {
    return config.object(name).orElseThrow(() -> config.invalid(name, "an object"));
  }

  /** Refuses what is left of a nested object; what every configuration may carry it may too. */
  private static void finish(ConfigFields nested, String... neutral) {
    Set<String> all = new HashSet<>(NEUTRAL);
    all.addAll(Set.of(neutral));
    all.addAll(Set.of("model_type", "attn_implementation"));
    nested.finish(all, Set.of());
  }

  private static Sizes sizes(ConfigFields config, ConfigFields attention, ConfigFields mixture) {
    int hidden = config.positive("d_model", Sizes.SIZE_MAX);
    int heads = config.positive("n_heads", Sizes.SIZE_MAX);
    int kvHeads = attention.optionalPositive("kv_n_heads", Sizes.SIZE_MAX).orElse(1);
    if (heads % kvHeads != 0) {
      throw attention.invalid("kv_n_heads", "a divisor of " + heads + ", the heads");
    }
    // Copies that newer files carry.
    requireSame(config, "num_key_value_heads", kvHeads);
    requireSame(mixture, "hidden_size", hidden);
    return new Sizes(
        config.positive("n_layers", Sizes.LAYERS_MAX),
        hidden,
        heads,
        kvHeads,
        Sizes.quotient(config, "n_heads", hidden, heads),
        mixture.optionalPositive("ffn_hidden_size", Sizes.SIZE_MAX).orElse(3584),
        config.positive("vocab_size", Sizes.SIZE_MAX),
        config.positive("max_seq_len", Sizes.SIZE_MAX));
  }

  private static void requireSame(ConfigFields config, String copy, int original) {
    if (config.optionalPositive(copy, Sizes.SIZE_MAX).orElse(original) != original) {
      throw config.invalid(copy, "" + original);
    }
  }

  // Published files have it beside clip_qkv, where transformers 5 no longer looks: its own files
  // have rope_parameters instead. Where both stand they must agree.
  private static RopeReader.Rotary rotary(
      ConfigFields config, ConfigFields attention, Sizes sizes) {
    Optional<Double> theta = attention.optionalPositiveNumber(THETA);
    RopeReader.Rotary rotary =
        RopeReader.read(config, sizes, RopeReader.Family.whole(theta.orElse(10_000.0)));
    if (!(rotary.spec() instanceof RopeSpec.Default(double used))) {
      throw config.unsupported("rope_parameters", "of the type default");
    }
    if (theta.orElse(used) != used) {
      throw attention.unsupported(THETA, "that of rope_parameters, " + used);
    }
    return rotary;
  }

  private static Activation activation(ConfigFields mixture) {
    Optional<ConfigFields> function = mixture.object("ffn_act_fn");
    if (function.isEmpty()) {
      return Activation.SILU;
    }
    Activation activation = Activations.read(function.get(), "name", "silu");
    function.get().finish(Set.of(), Set.of());
    return activation;
  }

  // The norm by which weights are divided; only the sum has a knob.
  private static Experts experts(ConfigFields mixture) {
    mixture.requireFlag("uniform_expert_assignment", false);
    int count = mixture.optionalPositive("moe_num_experts", Sizes.LAYERS_MAX).orElse(4);
    int perToken = mixture.optionalPositive("moe_top_k", count).orElse(1);
    if (mixture.optionalPositiveNumber(NORMALISED).orElse(1.0) != 1.0) {
      throw mixture.unsupported(NORMALISED, "1 or null");
    }
    return new Experts(count, perToken, !mixture.isNull(NORMALISED), 0);
  }
}
