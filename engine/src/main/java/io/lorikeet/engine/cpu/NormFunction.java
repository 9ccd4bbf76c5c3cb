package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.kernels.Kernels;

/** A model's kind of norm over {@code width} values; {@code y} may be {@code x}. */
interface NormFunction {
  void apply(Norm norm, float[] x, int xOffset, int width, float[] y, int yOffset);

  static NormFunction of(Kernels kernels, DecoderSpec spec) {
    float eps = spec.normEps();
    return switch (spec.norm()) {
      case RMS ->
          (norm, x, xOffset, width, y, yOffset) ->
              kernels.rmsNorm(x, xOffset, norm.weight(), width, eps, y, yOffset);
      case LAYER ->
          (norm, x, xOffset, width, y, yOffset) ->
              kernels.layerNorm(x, xOffset, norm.weight(), norm.bias(), width, eps, y, yOffset);
    };
  }
}
