package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** {@code model_type: starcoder2}: layer norms, a plain feed-forward layer, biases, windows. */
final class Starcoder2Reader implements ModelReader {
  private static final ModulePaths MODULES =
      ModulePaths.LLAMA
          .with(Map.of(Projection.UP, "mlp.c_fc", Projection.DOWN, "mlp.c_proj"))
          .normBias();

  @Override
  public Set<String> modelTypes() {
    return Set.of("starcoder2");
  }

  /** {@code norm_epsilon} decides, not its copy. */
  @Override
  public Set<String> neutralFields() {
    return Set.of("embedding_dropout", "layer_norm_epsilon", "residual_dropout");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("Starcoder2ForCausalLM");
    requireText(config, "mlp_type", "default");
    requireText(config, "norm_type", "layer_norm");
    Sizes sizes = Sizes.llama(config);
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.LAYER, config.optionalPositiveNumber("norm_epsilon").orElse(1e-5))
            .rotary(
                RopeReader.read(config, sizes, RopeReader.Family.LLAMA), Windows.everywhere(config))
            .mlp(MlpKind.PLAIN, Activations.read(config, "hidden_act", "gelu_pytorch_tanh"))
            .tied(config.flag("tie_word_embeddings", true))
            .modules(MODULES)
            .build();
    Set<Projection> biased =
        config.flag("use_bias", true) ? EnumSet.allOf(Projection.class) : Set.of();
    return new Architecture(spec, new TensorNames(spec).biased(biased));
  }

  private static void requireText(ConfigFields config, String field, String only) {
    if (!config.text(field).orElse(only).equals(only)) {
      throw config.unsupported(field, only);
    }
  }
}
