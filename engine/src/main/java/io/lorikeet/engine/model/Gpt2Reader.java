package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * {@code model_type: gpt2}: learned positions, a plain feed-forward layer, biases everywhere. The
 * files store projections as {@code [in, out]}; they are copied transposed at load.
 */
final class Gpt2Reader implements ModelReader {
  private static final ModulePaths MODULES =
      ModulePaths.of(
              "transformer.",
              "h",
              Map.of(
                  Projection.QKV, "attn.c_attn",
                  Projection.O, "attn.c_proj",
                  Projection.UP, "mlp.c_fc",
                  Projection.DOWN, "mlp.c_proj"))
          .outer("wte", "ln_f", "lm_head")
          .positions("wpe")
          .withNorms(Map.of(NormPlace.BEFORE_ATTENTION, "ln_1", NormPlace.BEFORE_MLP, "ln_2"))
          .normBias();

  @Override
  public Set<String> modelTypes() {
    return Set.of("gpt2");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of(
        "attn_pdrop",
        "embd_pdrop",
        "n_ctx",
        "reorder_and_upcast_attn",
        "resid_pdrop",
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj",
        "task_specific_params");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("GPT2LMHeadModel");
    config.requireFlag("add_cross_attention", false);
    config.requireFlag("scale_attn_weights", true);
    config.requireFlag("scale_attn_by_inverse_layer_idx", false);
    Sizes sizes = sizes(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_epsilon").orElse(1e-5))
            .layout(QkvLayout.STACKED)
            .positions(Positions.LEARNED)
            .mlp(MlpKind.PLAIN, Activations.read(config, "activation_function", "gelu_new"))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(MODULES)
            .build();
    TensorNames names =
        new TensorNames(spec)
            .biased(EnumSet.allOf(Projection.class))
            .transposed()
            .innerIsOptional();
    return new Architecture(spec, names);
  }

  private static Sizes sizes(ConfigFields config) {
    int hidden = config.positive("n_embd", Sizes.SIZE_MAX / 4);
    int heads = config.positive("n_head", Sizes.SIZE_MAX);
    return new Sizes(
        config.positive("n_layer", Sizes.LAYERS_MAX),
        hidden,
        heads,
        heads,
        Sizes.quotient(config, "n_head", hidden, heads),
        config.optionalPositive("n_inner", Sizes.SIZE_MAX).orElse(4 * hidden),
        config.positive("vocab_size", Sizes.SIZE_MAX),
        config.positive("n_positions", Sizes.SIZE_MAX));
  }
}
