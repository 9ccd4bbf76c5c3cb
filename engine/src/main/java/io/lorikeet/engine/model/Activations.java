package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.Activation;

/** Activations under the names that transformers knows. */
final class Activations {
  private Activations() {}

  static Activation read(ConfigFields config, String field, String absent) {
    return switch (config.text(field).orElse(absent)) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      default -> throw config.unsupported(field, "silu, gelu or gelu_pytorch_tanh");
    };
  }

  /** Gemma: "gelu" means the tanh form. */
  static Activation gemma(ConfigFields config, String field) {
    Activation named = read(config, field, "gelu_pytorch_tanh");
    return named == Activation.GELU ? Activation.GELU_TANH : named;
  }
}
