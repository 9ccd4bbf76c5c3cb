package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;

/**
 * The sparse feed-forward layer: {@code y = sigmoid(s . x) * shared(x) + sum of weight *
 * expert(x)}, the sum over a row's experts in ascending order.
 */
final class SparseFeedForward implements LayerTask {
  private static final LayerTask NO_SHARED_EXPERT = layer -> {};

  private final Parts parts;
  private final ExpertKernels kernels;
  private final Panel input;
  private final Workspace.Sparse at;
  private final Experts experts;
  private final LayerTask shared;

  /**
   * Into the panel of updates.
   *
   * @param input dense
   */
  SparseFeedForward(Parts parts, ExpertKernels kernels, Panel input) {
    this.parts = parts;
    this.kernels = kernels;
    this.input = input;
    at = parts.at().sparse();
    experts = parts.spec().experts().orElseThrow();
    shared = parts.spec().mlp() == MlpKind.NONE ? NO_SHARED_EXPERT : FeedForward.of(parts, input);
  }

  @Override
  public void run(int layer) {
    int rows = parts.shape().rows;
    int perRow = experts.perToken();
    int choices = rows * perRow;
    DeviceExperts of = parts.weights().experts(layer);
    GeneralKernels general = parts.kernels();
    shared.run(layer);
    Adapters adapters = parts.adapters();
    general.linear(at.routed(), of.router(), input, rows);
    adapters.finishRouter(at.routed(), input, layer, rows);
    kernels.route(at, experts, rows);
    kernels.linear(at.gate(), of.gate(), at.chosen(), input, perRow, choices);
    kernels.linear(at.up(), of.up(), at.chosen(), input, perRow, choices);
    adapters.finishExperts(at.gate(), input, perRow, layer, Projection.GATE, at.chosen(), choices);
    adapters.finishExperts(at.up(), input, perRow, layer, Projection.UP, at.chosen(), choices);
    general.gated(parts.spec().activation(), at.gate(), at.gate(), at.up(), choices);
    kernels.linear(at.out(), of.down(), at.chosen(), at.gate(), 1, choices);
    adapters.finishExperts(at.out(), at.gate(), 1, layer, Projection.DOWN, at.chosen(), choices);
    Panel gate = Panel.NONE;
    if (of.sharedGate().isPresent()) {
      gate = at.sharedGate();
      general.linear(gate, of.sharedGate().get(), input, rows);
      adapters.finishSharedGate(gate, input, layer, rows);
    }
    kernels.join(parts.at().update(), gate, at, perRow, rows);
  }
}
