package io.lorikeet.engine.model;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec.Activation;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** {@code model_type: llama}: Llama 1 to 3.3 and the many models that took over its config. */
final class LlamaReader implements ModelReader {
  private static final int SIZE_MAX = 1 << 24;
  private static final int LAYERS_MAX = 4096;
  private static final Set<String> NEUTRAL =
      Set.of(
          "_name_or_path",
          "attention_dropout",
          "bos_token_id",
          "dtype",
          "initializer_range",
          "pad_token_id",
          "pretraining_tp",
          "torch_dtype",
          "transformers_version",
          "use_cache");

  @Override
  public Set<String> modelTypes() {
    return Set.of("llama");
  }

  @Override
  public Set<String> neutralFields() {
    return NEUTRAL;
  }

  @Override
  public Architecture read(String modelType, ConfigFields config) {
    List<String> architectures = config.texts("architectures");
    if (!architectures.isEmpty() && !architectures.contains("LlamaForCausalLM")) {
      throw config.unsupported("architectures", "[\"LlamaForCausalLM\"]");
    }
    int hidden = config.positive("hidden_size", SIZE_MAX);
    int heads = config.positive("num_attention_heads", SIZE_MAX);
    int kvHeads = config.optionalPositive("num_key_value_heads", SIZE_MAX).orElse(heads);
    if (heads % kvHeads != 0) {
      throw config.invalid("num_key_value_heads", "a divisor of " + heads + ", the heads");
    }
    int headDim = headDim(config, hidden, heads);
    int intermediate = config.positive("intermediate_size", SIZE_MAX);
    int contextMax = config.positive("max_position_embeddings", SIZE_MAX);
    DecoderSpec spec =
        new DecoderSpec(
            modelType,
            config.positive("num_hidden_layers", LAYERS_MAX),
            hidden,
            heads,
            kvHeads,
            headDim,
            intermediate,
            config.positive("vocab_size", SIZE_MAX),
            contextMax,
            config.optionalPositiveNumber("rms_norm_eps").orElse(1e-6).floatValue(),
            activation(config),
            (float) (1 / Math.sqrt(headDim)),
            RopeReader.read(config, contextMax),
            config.flag("tie_word_embeddings", false));
    return new Architecture(spec, TensorNames.llama(biased(config)));
  }

  private static int headDim(ConfigFields config, int hidden, int heads) {
    int headDim =
        config
            .optionalPositive("head_dim", SIZE_MAX)
            .orElseGet(() -> {
              if (hidden % heads != 0) {
                throw config.invalid("num_attention_heads", "a divisor of hidden_size");
              }
              return hidden / heads;
            });
    if (headDim % 2 != 0) {
      throw new LorikeetException(
          ErrorCode.MODEL_CONFIG_INVALID,
          "config.json: `head_dim` must be even, for rotary embeddings. Given: " + headDim);
    }
    if ((long) headDim * heads > SIZE_MAX) {
      throw config.invalid("head_dim", "at most " + SIZE_MAX + " over all heads");
    }
    return headDim;
  }

  private static Activation activation(ConfigFields config) {
    return switch (config.text("hidden_act").orElse("silu")) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      default -> throw config.unsupported("hidden_act", "silu, gelu or gelu_pytorch_tanh");
    };
  }

  private static Set<Projection> biased(ConfigFields config) {
    Set<Projection> biased = EnumSet.noneOf(Projection.class);
    if (config.flag("attention_bias", false)) {
      biased.addAll(EnumSet.range(Projection.Q, Projection.O));
    }
    if (config.flag("mlp_bias", false)) {
      biased.addAll(EnumSet.range(Projection.GATE, Projection.DOWN));
    }
    return biased;
  }
}
