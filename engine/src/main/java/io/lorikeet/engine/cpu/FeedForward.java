package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Kernels;
import java.util.Arrays;
import java.util.List;

/**
 * The dense feed-forward layer: {@code down(activation(gate(x)) * up(x))}, or {@code
 * down(activation(up(x)))}, a gated one whose factors are ones.
 */
final class FeedForward implements LayerTask {
  private final Kernels kernels;
  private final StepRows rows;
  private final Parts parts;
  private final Activation activation;
  private final Panel inner;
  private final float[] factors; // what the activated values are multiplied by
  private final int factorsBase;
  private final int factorsStride;
  private final LayerTask first;
  private final Linear down;

  /**
   * @param then what happens to the output, in the panel of updates
   */
  FeedForward(Parts parts, Panel input, Linear.Then then) {
    this.parts = parts;
    kernels = parts.kernels();
    rows = parts.rows();
    activation = parts.activation();
    Workspace at = parts.at();
    int width = parts.spec().mlpWidth();
    switch (parts.spec().mlp()) {
      case GATED -> {
        inner = at.gate();
        factors = at.up().data();
        factorsBase = 0;
        factorsStride = at.up().stride();
        first =
            parts.linear(
                    input,
                    List.of(Projection.GATE, Projection.UP),
                    List.of(at.gate(), at.up()),
                    this::activate)
                ::apply;
      }
      case GATED_FUSED -> {
        inner = new Panel(at.gate().data(), width, at.gate().stride());
        factors = at.gate().data();
        factorsBase = width;
        factorsStride = at.gate().stride();
        Linear both =
            parts.linear(
                input, List.of(Projection.GATE_UP), List.of(at.gate()), Linear.Then.NOTHING);
        WorkerPool.Task activateRows = this::activateRows;
        first =
            layer -> {
              both.apply(layer);
              parts.overRows(rows.count, activateRows);
            };
      }
      case PLAIN -> {
        inner = at.gate();
        factors = new float[width];
        Arrays.fill(factors, 1f);
        factorsBase = 0;
        factorsStride = 0;
        first =
            parts.linear(input, List.of(Projection.UP), List.of(at.gate()), this::activate)::apply;
      }
      case NONE -> throw new IllegalArgumentException("there is no dense feed-forward layer");
      default -> throw new AssertionError(parts.spec().mlp());
    }
    down = parts.linear(inner, List.of(Projection.DOWN), List.of(at.update()), then);
  }

  @Override
  public void run(int layer) {
    first.run(layer);
    down.apply(layer);
  }

  private void activate(int begin, int end) {
    for (int row = 0; row < rows.count && begin < end; row++) {
      activate(row, begin, end);
    }
  }

  // Where gate and up are one matrix, another part may have had a value's factor.
  private void activateRows(int part) {
    for (int row = parts.begin(part); row < parts.end(part); row++) {
      activate(row, 0, inner.width());
    }
  }

  private void activate(int row, int begin, int end) {
    int offset = inner.at(row) + begin;
    kernels.gatedActivation(
        activation,
        inner.data(),
        offset,
        factors,
        row * factorsStride + factorsBase + begin,
        inner.data(),
        offset,
        end - begin);
  }
}
