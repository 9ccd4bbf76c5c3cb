package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec.Scaling;

/**
 * From the residual stream to the logits of the rows that emit, and to the hidden states of those
 * that emit nothing else.
 */
final class Head {
  private final Parts parts;
  private final GeneralKernels kernels;
  private final DeviceWeights weights;

  Head(Parts parts) {
    this.parts = parts;
    kernels = parts.kernels();
    weights = parts.weights();
  }

  void run() {
    StepShape shape = parts.shape();
    int outputs = shape.outputs + shape.hidden;
    Panel normed = parts.at().normed();
    if (outputs > 0) {
      kernels.norm(
          parts.spec().norm(),
          normed,
          parts.at().x(),
          parts.block().outputsAt(),
          weights.lastNorm(),
          parts.adapters().lastNorms(),
          outputs,
          parts.spec().normEps());
    }
    if (shape.outputs > 0) {
      Panel logits = parts.at().logits();
      kernels.linear(logits, weights.head(), normed, shape.outputs);
      parts.adapters().finishHead(logits, normed, shape.outputs);
      change(logits, shape.outputs);
    }
  }

  private void change(Panel logits, int count) {
    Scaling scaling = parts.spec().scaling();
    if (weights.headBias() != 0) {
      kernels.addBias(logits, weights.headBias(), count);
    }
    if (scaling.logits() != 1f) {
      kernels.scale(logits, scaling.logits(), count);
    }
    if (scaling.logitsCap() != 0f) {
      kernels.softCap(logits, scaling.logitsCap(), count);
    }
  }
}
