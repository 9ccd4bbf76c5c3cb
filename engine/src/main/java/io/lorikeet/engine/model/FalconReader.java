package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * {@code model_type: falcon}: one key/value head ({@code multi_query}), groups ({@code
 * new_decoder_architecture}) or as many as query heads; attention and feed-forward layer usually
 * run beside each other.
 */
final class FalconReader implements ModelReader {
  /** Positions a model was trained for: files need not say so. */
  private static final int CONTEXT = 2048;

  private static final ModulePaths MODULES =
      ModulePaths.of(
              "transformer.",
              "h",
              Map.of(
                  Projection.QKV, "self_attention.query_key_value",
                  Projection.O, "self_attention.dense",
                  Projection.UP, "mlp.dense_h_to_4h",
                  Projection.DOWN, "mlp.dense_4h_to_h"))
          .outer("word_embeddings", "ln_f", "lm_head")
          .normBias();

  /** Where attention and feed-forward layer have a norm each. */
  private static final ModulePaths TWO_NORMS =
      MODULES.withNorms(
          Map.of(NormPlace.BEFORE_ATTENTION, "ln_attn", NormPlace.BEFORE_MLP, "ln_mlp"));

  @Override
  public Set<String> modelTypes() {
    return Set.of("falcon");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("hidden_dropout");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("FalconForCausalLM");
    config.requireFlag("alibi", false);
    config.requireFlag("apply_residual_connection_post_layernorm", false);
    boolean grouped = config.flag("new_decoder_architecture", false);
    Sizes sizes = sizes(config, grouped);
    Residual residual = residual(config, grouped);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_epsilon").orElse(1e-5))
            .residual(residual)
            .layout(QkvLayout.GROUPED)
            .rotary(RopeReader.read(config, sizes, RopeReader.Family.LLAMA))
            .mlp(MlpKind.PLAIN, Activations.read(config, "activation", "gelu"))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(residual == Residual.PARALLEL_TWO_NORMS ? TWO_NORMS : MODULES)
            .build();
    TensorNames names = new TensorNames(spec);
    if (config.flag("bias", false)) {
      names.biased(EnumSet.allOf(Projection.class));
    }
    return new Architecture(spec, names);
  }

  private static Residual residual(ConfigFields config, boolean grouped) {
    int norms = config.optionalPositive("num_ln_in_parallel_attn", 2).orElse(grouped ? 2 : 1);
    boolean parallel = config.flag("parallel_attn", true);
    if (!grouped && norms == 2) {
      throw config.unsupported("num_ln_in_parallel_attn", "1 without new_decoder_architecture");
    }
    if (grouped && norms == 2) {
      return Residual.PARALLEL_TWO_NORMS;
    }
    return grouped || parallel ? Residual.PARALLEL : Residual.PRE;
  }

  private static Sizes sizes(ConfigFields config, boolean grouped) {
    int hidden = config.positive("hidden_size", Sizes.SIZE_MAX / 4);
    int heads = config.positive("num_attention_heads", Sizes.SIZE_MAX);
    int given = config.optionalPositive("num_kv_heads", Sizes.SIZE_MAX).orElse(heads);
    boolean single = config.flag("multi_query", true);
    int kvHeads = grouped ? given : single ? 1 : heads;
    if (heads % kvHeads != 0) {
      throw config.invalid("num_kv_heads", "a divisor of " + heads + ", the heads");
    }
    return new Sizes(
        config.positive("num_hidden_layers", Sizes.LAYERS_MAX),
        hidden,
        heads,
        kvHeads,
        Sizes.quotient(config, "num_attention_heads", hidden, heads),
        config.optionalPositive("ffn_hidden_size", Sizes.SIZE_MAX).orElse(4 * hidden),
        config.positive("vocab_size", Sizes.SIZE_MAX),
        config.optionalPositive("max_position_embeddings", Sizes.SIZE_MAX).orElse(CONTEXT));
  }
}
