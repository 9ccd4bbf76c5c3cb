package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code model_type: gpt_neox}: GPT-NeoX and Pythia. Attention and feed-forward layer usually run
 * beside each other, each on a norm of its own. The head has two names: {@code embed_out}, which
 * files keep, and {@code lm_head}, which transformers 5 calls it.
 */
final class GptNeoxReader implements ModelReader {
  private static final RopeReader.Family ROPE =
      new RopeReader.Family(10_000, "rotary_emb_base", Optional.of(0.25), "rotary_pct", false);
  private static final ModulePaths MODULES =
      ModulePaths.of(
              "gpt_neox.",
              "layers",
              Map.of(
                  Projection.QKV, "attention.query_key_value",
                  Projection.O, "attention.dense",
                  Projection.UP, "mlp.dense_h_to_4h",
                  Projection.DOWN, "mlp.dense_4h_to_h"))
          .outer("embed_in", "final_layer_norm", "embed_out", "lm_head")
          .normBias();

  @Override
  public Set<String> modelTypes() {
    return Set.of("gpt_neox");
  }

  @Override
  public Set<String> neutralFields() {
    return Set.of("classifier_dropout", "hidden_dropout", "is_decoder");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("GPTNeoXForCausalLM");
    Sizes sizes = Sizes.llama(config);
    boolean parallel = config.flag("use_parallel_residual", true);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("layer_norm_eps").orElse(1e-5))
            .residual(parallel ? Residual.PARALLEL_TWO_NORMS : Residual.PRE)
            .layout(QkvLayout.GROUPED)
            .rotary(RopeReader.read(config, sizes, ROPE))
            .mlp(MlpKind.PLAIN, Activations.read(config, "hidden_act", "gelu"))
            .tied(config.flag("tie_word_embeddings", false))
            .modules(MODULES)
            .build();
    Set<Projection> biased = EnumSet.of(Projection.UP, Projection.DOWN);
    if (config.flag("attention_bias", true)) {
      biased.addAll(EnumSet.of(Projection.QKV, Projection.O));
    }
    return new Architecture(spec, new TensorNames(spec).biased(biased));
  }
}
