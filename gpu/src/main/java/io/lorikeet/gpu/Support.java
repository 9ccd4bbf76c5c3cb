package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.gpu.forward.ForwardPass;

/** What no kernel exists for: refused at start, by name. */
final class Support {
  private Support() {}

  /**
   * Checks a model and the settings that change what is computed.
   *
   * @throws LorikeetException MODEL_FIELD_UNSUPPORTED or MODEL_QUANTIZATION_UNSUPPORTED
   */
  static void check(DecoderSpec spec, EngineSettings settings) {
    if (spec.headDim() > ForwardPass.HEAD_DIM_MAX) {
      throw refused(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          "heads must be <= %d wide. Given: %d"
              .formatted(ForwardPass.HEAD_DIM_MAX, spec.headDim()));
    }
    if (!settings.weights().equals("stored")) {
      throw refused(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "`engine.weights` must be stored. Given: " + settings.weights());
    }
    settings
        .weightsOf()
        .forEach((name, weights) -> {
          if (!weights.equals("stored")) {
            throw refused(
                ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
                "`engine.weights-of.%s` must be stored. Given: %s".formatted(name, weights));
          }
        });
    if (settings.numerics() == Numerics.BF16) {
      throw refused(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "`engine.numerics` must be auto or exact. Given: bf16");
    }
  }

  private static LorikeetException refused(ErrorCode code, String message) {
    return new LorikeetException(code, "on the device cuda " + message);
  }
}
