package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;

/**
 * Activations of one step, taken once at open. Panels that a model does not need are empty.
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
   * @param sharedGate {@code [rows, 1]}
   * @param gate {@code [rows * experts per token, intermediate]}
   * @param up as gate
   * @param out {@code [rows * experts per token, hidden]}
   */
  record Sparse(Panel routed, Panel sharedGate, Panel gate, Panel up, Panel out) {}

  /** Rows and width of every panel; 0 rows for those that are empty. */
  private record Shapes(DecoderSpec spec, int rows) {
    int mlpNormed() {
      return spec.residual() == Residual.PARALLEL_TWO_NORMS ? rows : 0;
    }

    boolean separate() {
      return spec.attention().layout() == QkvLayout.SEPARATE;
    }

    int qWidth() {
      return spec.outputs(separate() ? Projection.Q : Projection.QKV);
    }

    int kv() {
      return separate() ? rows : 0;
    }

    int gate() {
      return spec.mlp() == MlpKind.NONE ? 0 : rows;
    }

    int gateWidth() {
      int width = spec.mlpWidth();
      return Math.max(1, spec.mlp() == MlpKind.GATED_FUSED ? 2 * width : width);
    }

    int up() {
      return spec.mlp() == MlpKind.GATED ? rows : 0;
    }

    int routed() {
      return spec.experts().isPresent() ? rows : 0;
    }

    int choices() {
      return rows * spec.experts().map(Experts::perToken).orElse(0);
    }

    int experts() {
      return spec.experts().map(Experts::count).orElse(1);
    }
  }

  static Workspace of(DecoderSpec spec, int rows) {
    Shapes s = new Shapes(spec, rows);
    int attended = spec.outputs(Projection.Q);
    int kvWidth = spec.outputs(Projection.K);
    return new Workspace(
        Panel.of(rows, spec.hidden()),
        Panel.of(rows, spec.hidden()),
        Panel.of(s.mlpNormed(), spec.hidden()),
        Panel.of(rows, s.qWidth()),
        Panel.of(s.kv(), kvWidth),
        Panel.of(s.kv(), kvWidth),
        Panel.of(rows, attended),
        Panel.of(rows, spec.hidden()),
        Panel.of(s.gate(), s.gateWidth()),
        Panel.of(s.up(), s.gateWidth()),
        new Sparse(
            Panel.of(s.routed(), s.experts()),
            Panel.of(s.routed(), 1),
            Panel.of(s.choices(), spec.intermediate()),
            Panel.of(s.choices(), spec.intermediate()),
            Panel.of(s.choices(), spec.hidden())),
        Panel.of(rows, spec.vocab()));
  }

  /** Bytes that {@link #of} takes. */
  static long bytes(DecoderSpec spec, int rows) {
    Shapes s = new Shapes(spec, rows);
    return 3 * Panel.bytes(rows, spec.hidden())
        + Panel.bytes(s.mlpNormed(), spec.hidden())
        + Panel.bytes(rows, s.qWidth())
        + 2 * Panel.bytes(s.kv(), spec.outputs(Projection.K))
        + Panel.bytes(rows, spec.outputs(Projection.Q))
        + Panel.bytes(s.gate(), s.gateWidth())
        + Panel.bytes(s.up(), s.gateWidth())
        + Panel.bytes(s.routed(), s.experts())
        + Panel.bytes(s.routed(), 1)
        + 2 * Panel.bytes(s.choices(), spec.intermediate())
        + Panel.bytes(s.choices(), spec.hidden())
        + Panel.bytes(rows, spec.vocab());
  }
}
