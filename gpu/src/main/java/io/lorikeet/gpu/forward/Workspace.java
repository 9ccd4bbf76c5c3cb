package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.gpu.driver.Context;
import java.util.function.LongUnaryOperator;

/**
 * Activations of one step, taken once at open. Panels that a model does not need are {@link
 * Panel#NONE}.
 *
 * @param x residual stream {@code [rows, hidden]}
 * @param normed input of attention, of the feed-forward layer, and of the head
 * @param mlpNormed input of a feed-forward layer that runs beside attention on a norm of its own
 * @param q queries {@code [rows, heads * headDim]}; where one matrix gives them, keys and values
 *     too
 * @param k keys {@code [rows, kvHeads * headDim]}
 * @param v values, as k
 * @param attended output of attention {@code [rows, heads * headDim]}
 * @param update what attention or the feed-forward layer adds to x
 * @param gate {@code [rows, intermediate]}; holds the activated product afterwards. Twice as wide
 *     where one matrix gives gate and up
 * @param up as gate
 * @param sparse of a sparse feed-forward layer
 * @param logits {@code [emitting rows, vocab]}
 */
record Workspace(
    Panel x,
    Panel normed,
    Panel mlpNormed,
    Panel q,
    Panel k,
    Panel v,
    Panel attended,
    Panel update,
    Panel gate,
    Panel up,
    Sparse sparse,
    Panel logits) {

  /**
   * Panels of experts.
   *
   * @param routed scores {@code [rows, experts]}
   * @param chosen address of the experts {@code [rows, experts per token]}
   * @param weights address of theirs
   * @param sharedGate {@code [rows, 1]}
   * @param gate {@code [rows * experts per token, intermediate]}
   * @param up as gate
   * @param out {@code [rows * experts per token, hidden]}
   */
  record Sparse(
      Panel routed, long chosen, long weights, Panel sharedGate, Panel gate, Panel up, Panel out) {
    static final Sparse NONE =
        new Sparse(Panel.NONE, 0, 0, Panel.NONE, Panel.NONE, Panel.NONE, Panel.NONE);
  }

  static Workspace of(DecoderSpec spec, int rows, Context context) {
    return of(spec, rows, bytes -> context.allocate(bytes).address());
  }

  /** Bytes that {@link #of(DecoderSpec, int, Context)} takes. */
  static long bytes(DecoderSpec spec, int rows) {
    long[] sum = new long[1];
    of(
        spec,
        rows,
        bytes -> {
          sum[0] += bytes;
          return 1;
        });
    return sum[0];
  }

  private static Workspace of(DecoderSpec spec, int rows, LongUnaryOperator take) {
    boolean separate = spec.attention().layout() == QkvLayout.SEPARATE;
    boolean beside = spec.residual() == Residual.PARALLEL_TWO_NORMS;
    boolean fused = spec.mlp() == MlpKind.GATED_FUSED;
    int hidden = spec.hidden();
    int attended = spec.outputs(Projection.Q);
    int kv = separate ? spec.outputs(Projection.K) : 0;
    return new Workspace(
        panel(rows, hidden, take),
        panel(rows, hidden, take),
        panel(rows, beside ? hidden : 0, take),
        panel(rows, separate ? attended : spec.outputs(Projection.QKV), take),
        panel(rows, kv, take),
        panel(rows, kv, take),
        panel(rows, attended, take),
        panel(rows, hidden, take),
        panel(rows, spec.outputs(fused ? Projection.GATE_UP : Projection.UP), take),
        panel(rows, spec.mlp() == MlpKind.GATED ? spec.mlpWidth() : 0, take),
        spec.experts().map(experts -> sparse(spec, experts, rows, take)).orElse(Sparse.NONE),
        panel(rows, spec.vocab(), take));
  }

  private static Sparse sparse(
      DecoderSpec spec, Experts experts, int rows, LongUnaryOperator take) {
    int choices = rows * experts.perToken();
    return new Sparse(
        panel(rows, experts.count(), take),
        take.applyAsLong((long) choices * Integer.BYTES),
        take.applyAsLong((long) choices * Float.BYTES),
        panel(rows, 1, take),
        panel(choices, spec.intermediate(), take),
        panel(choices, spec.intermediate(), take),
        panel(choices, spec.hidden(), take));
  }

  private static Panel panel(int rows, int width, LongUnaryOperator take) {
    return width == 0
        ? Panel.NONE
        : new Panel(take.applyAsLong((long) rows * width * Float.BYTES), width, width);
  }
}
