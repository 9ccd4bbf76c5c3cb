package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;

/**
 * Activations of one step, taken once at open.
 *
 * @param x residual stream {@code [rows, hidden]}
 * @param normed input of attention, of the feed-forward layer, and of the head
 * @param q queries {@code [rows, heads * headDim]}
 * @param k keys {@code [rows, kvHeads * headDim]}
 * @param v values, as k
 * @param attended output of attention, as q
 * @param update what attention or the feed-forward layer adds to x
 * @param gate {@code [rows, intermediate]}; holds the activated product afterwards
 * @param up as gate
 * @param logits {@code [emitting rows, vocab]}
 */
record Workspace(
    Panel x,
    Panel normed,
    Panel q,
    Panel k,
    Panel v,
    Panel attended,
    Panel update,
    Panel gate,
    Panel up,
    Panel logits) {
  static Workspace of(DecoderSpec spec, int rows) {
    int heads = spec.outputs(Projection.Q);
    int kvHeads = spec.outputs(Projection.K);
    return new Workspace(
        Panel.of(rows, spec.hidden()),
        Panel.of(rows, spec.hidden()),
        Panel.of(rows, heads),
        Panel.of(rows, kvHeads),
        Panel.of(rows, kvHeads),
        Panel.of(rows, heads),
        Panel.of(rows, spec.hidden()),
        Panel.of(rows, spec.intermediate()),
        Panel.of(rows, spec.intermediate()),
        Panel.of(rows, spec.vocab()));
  }

  /** Bytes that {@link #of} takes. */
  static long bytes(DecoderSpec spec, int rows) {
    return 3 * Panel.bytes(rows, spec.hidden())
        + 2 * Panel.bytes(rows, spec.outputs(Projection.Q))
        + 2 * Panel.bytes(rows, spec.outputs(Projection.K))
        + 2 * Panel.bytes(rows, spec.intermediate())
        + Panel.bytes(rows, spec.vocab());
  }
}
