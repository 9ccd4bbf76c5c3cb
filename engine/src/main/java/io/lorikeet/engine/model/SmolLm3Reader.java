package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.LayerSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * {@code model_type: smollm3}: a Llama in which some layers, usually every fourth, do not rotate.
 */
final class SmolLm3Reader implements ModelReader {
  @Override
  public Set<String> modelTypes() {
    return Set.of("smollm3");
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    config.requireArchitecture("SmolLM3ForCausalLM");
    Sizes sizes = Sizes.llama(config);
    RopeReader.Rotary rope = RopeReader.read(config, sizes, RopeReader.Family.whole(2_000_000));
    List<Boolean> rotates = rotates(config, sizes.layers());
    IntFunction<Integer> windows = Windows.qwen(config, sizes.layers());
    DecoderSpec spec =
        new SpecBuilder(modelType, sizes)
            .norm(NormKind.RMS, config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6))
            .layers(layer ->
                new LayerSpec(
                    windows.apply(layer), rotates.get(layer) ? rope.spec() : new RopeSpec.None()))
            .mlp(MlpKind.GATED, Activations.read(config, "hidden_act", "silu"))
            .tied(config.flag("tie_word_embeddings", true))
            .build();
    return new Architecture(spec, new TensorNames(spec).biased(LlamaReader.biased(config)));
  }

  // The list decides, and has 1 where a layer does rotate.
  private static List<Boolean> rotates(ConfigFields config, int layers) {
    int interval = config.optionalPositive("no_rope_layer_interval", Sizes.LAYERS_MAX).orElse(4);
    List<Integer> given = config.integers("no_rope_layers", 1);
    if (!given.isEmpty() && given.size() != layers) {
      throw config.invalid("no_rope_layers", "a list of " + layers + ", one per layer");
    }
    return java.util.stream.IntStream.range(0, layers)
        .mapToObj(layer -> given.isEmpty() ? (layer + 1) % interval != 0 : given.get(layer) == 1)
        .toList();
  }
}
