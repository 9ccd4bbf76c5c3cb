package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import java.util.List;

/** What the parts of a forward pass share. */
record Parts(
    GeneralKernels kernels,
    SplitAttention splitAttention,
    DecoderSpec spec,
    DeviceWeights weights,
    Workspace at,
    StepShape shape,
    StepBlock block,
    Adapters adapters) {

  /** Normalises the residual stream into a branch's input. */
  LayerTask normBefore(NormPlace place, Panel to) {
    return layer -> norm(to, at.x(), layer, place);
  }

  /** Normalises a branch's output in place. */
  LayerTask normAfter(NormPlace place) {
    Panel y = at.update();
    return layer -> norm(y, y, layer, place);
  }

  private void norm(Panel to, Panel from, int layer, NormPlace place) {
    kernels.norm(
        spec.norm(),
        to,
        from,
        weights.norm(layer, place),
        adapters.norms(layer, place),
        shape.rows,
        spec.normEps());
  }

  /** Adds a branch's output to the residual stream. */
  LayerTask join() {
    float factor = spec.scaling().residual();
    return factor == 1f
        ? layer -> kernels.add(at.x(), at.update(), shape.rows)
        : layer -> kernels.addScaled(at.x(), at.update(), factor, shape.rows);
  }

  /** A linear layer with its adapters and its bias. */
  LayerTask linear(Panel input, Projection projection, Panel output) {
    return layer -> {
      Panel x = adapters.input(input, layer, projection, shape.rows);
      kernels.linear(output, weights.projection(layer, projection), x, shape.rows);
      adapters.finish(output, input, layer, projection, shape.rows);
      long bias = weights.bias(layer, projection);
      if (bias != 0) {
        kernels.addBias(output, bias, shape.rows);
      }
    };
  }

  static LayerTask all(List<LayerTask> tasks) {
    LayerTask[] inOrder = tasks.toArray(LayerTask[]::new);
    return layer -> {
      for (LayerTask task : inOrder) {
        task.run(layer);
      }
    };
  }
}
