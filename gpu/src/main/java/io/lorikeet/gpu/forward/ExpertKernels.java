package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.Experts;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;
import java.util.Map;
import java.util.Objects;

/** The kernels of {@code experts.cu}, queued on one stream. */
final class ExpertKernels {
  private static final int ROUTED_ROWS = 64; // of a block
  private static final int ROWS = 16; // of a matrix, in a block
  private static final int THREADS = 256;

  private final Stream stream;
  private final Kernel route;
  private final Map<WeightType, Kernel> linear;
  private final Kernel join;

  ExpertKernels(Context context, Stream stream) {
    this.stream = stream;
    route = context.kernel("route");
    linear = WeightType.kernels(context, "expert_linear_");
    join = context.kernel("join_experts");
  }

  /** Chooses experts for rows by their scores. */
  void route(Workspace.Sparse at, Experts experts, int rows) {
    route
        .with(at.chosen())
        .with(at.weights())
        .with(at.routed().address())
        .with(rows)
        .with(experts.count())
        .with(experts.perToken())
        .with(experts.normalised() ? 1 : 0)
        .launch(stream, Math.ceilDiv(rows, ROUTED_ROWS));
  }

  /**
   * The choices' experts on x; dense.
   *
   * @param shared choices that read the same row of x
   */
  void linear(Panel y, DeviceExperts.Stack w, long chosen, Panel x, int shared, int choices) {
    Objects.requireNonNull(linear.get(w.type()))
        .with(y.address())
        .with(w.table())
        .with(chosen)
        .with(x.address())
        .with(w.rows())
        .with(w.cols())
        .with(shared)
        .launch(stream, Math.ceilDiv(w.rows(), ROWS), choices, 1);
  }

  /**
   * Adds up the choices of rows.
   *
   * @param gate of the shared expert, whose outputs stand in y; {@link Panel#NONE} for none
   */
  void join(Panel y, Panel gate, Workspace.Sparse at, int perRow, int rows) {
    join.with(y.address())
        .with(gate.address())
        .with(at.out().address())
        .with(at.weights())
        .with(y.width())
        .with(perRow)
        .launch(stream, Math.ceilDiv(y.width(), THREADS), rows, 1);
  }
}
