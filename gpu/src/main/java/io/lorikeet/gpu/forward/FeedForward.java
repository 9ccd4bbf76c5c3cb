package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;
import java.util.List;

/**
 * The dense feed-forward layer: {@code down(activation(gate(x)) * up(x))}, or {@code
 * down(activation(up(x)))}.
 */
final class FeedForward {
  private FeedForward() {}

  /** All of it, into the panel of updates. */
  static LayerTask of(Parts parts, Panel input) {
    Workspace at = parts.at();
    return switch (parts.spec().mlp()) {
      case GATED ->
          Parts.all(
              List.of(
                  parts.linear(input, Projection.GATE, at.gate()),
                  parts.linear(input, Projection.UP, at.up()),
                  activate(parts, at.gate(), at.up()),
                  parts.linear(at.gate(), Projection.DOWN, at.update())));
      case GATED_FUSED -> {
        int width = parts.spec().mlpWidth();
        Panel gate = at.gate().columns(0, width);
        yield Parts.all(
            List.of(
                parts.linear(input, Projection.GATE_UP, at.gate()),
                activate(parts, gate, at.gate().columns(width, width)),
                parts.linear(gate, Projection.DOWN, at.update())));
      }
      case PLAIN ->
          Parts.all(
              List.of(
                  parts.linear(input, Projection.UP, at.gate()),
                  activate(parts, at.gate(), Panel.NONE),
                  parts.linear(at.gate(), Projection.DOWN, at.update())));
      case NONE -> throw new IllegalArgumentException("there is no dense feed-forward layer");
    };
  }

  private static LayerTask activate(Parts parts, Panel gate, Panel up) {
    DecoderSpec.Activation activation = parts.spec().activation();
    return layer -> parts.kernels().gated(activation, gate, gate, up, parts.shape().rows);
  }
}
