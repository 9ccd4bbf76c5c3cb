package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.Activation;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code model_type: bloom}: positions are slopes on the scores (ALiBi), the embedding is
 * normalised. The activation stands nowhere in the files.
 */
final class BloomReader implements ModelReader {
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
          .embeddingNorm("word_embeddings_layernorm")
          .normBias();

  @Override
  public Set<String> modelTypes() {
    return Set.of("bloom");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of(
        "attention_softmax_in_fp32",
        "bias_dropout_fusion",
        "hidden_dropout",
        "masked_softmax_fusion",
        "offset_alibi",
        "skip_bias_add",
        "skip_bias_add_qkv",
        "slow_but_exact");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("BloomForCausalLM");
    config.requireFlag("apply_residual_connection_post_layernorm", false);
    Sizes sizes = sizes(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_epsilon").orElse(1e-5))
            .layout(QkvLayout.GROUPED)
            .positions(Positions.ALIBI)
            .mlp(MlpKind.PLAIN, Activation.GELU_TANH)
            .embeddingNorm()
            .tied(config.flag("tie_word_embeddings", true))
            .modules(MODULES)
            .build();
    TensorNames names =
        new TensorNames(spec).biased(EnumSet.allOf(Projection.class)).innerIsOptional();
    return new Architecture(spec, names);
  }

  private static Sizes sizes(ConfigFields config) {
    int hidden = either(config, "n_embed", "hidden_size", Sizes.SIZE_MAX / 4);
    int heads = either(config, "num_attention_heads", "n_head", Sizes.SIZE_MAX);
    int inner = 4 * hidden;
    if (config.optionalPositive("n_inner", Sizes.SIZE_MAX).orElse(inner) != inner) {
      throw config.unsupported("n_inner", "" + inner);
    }
    return new Sizes(
        either(config, "n_layer", "num_hidden_layers", Sizes.LAYERS_MAX),
        hidden,
        heads,
        heads,
        Sizes.quotient(config, "n_head", hidden, heads),
        inner,
        config.positive("vocab_size", Sizes.SIZE_MAX),
        config.optionalPositive("seq_length", Sizes.SIZE_MAX).orElse(CONTEXT));
  }

  /** A size that has two names; where both stand they must agree. */
  private static int either(ConfigFields config, String first, String second, int most) {
    Optional<Integer> one = config.optionalPositive(first, most);
    Optional<Integer> other = config.optionalPositive(second, most);
    if (one.isPresent() && other.isPresent() && !one.equals(other)) {
      throw config.invalid(second, "equal to " + first + ", " + one.get());
    }
    return one.or(() -> other).orElseGet(() -> config.positive(first, most));
  }
}
