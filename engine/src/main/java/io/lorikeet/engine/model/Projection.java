package io.lorikeet.engine.model;

/**
 * The linear layers of one decoder layer, in the order of the forward pass. A family has some of
 * them: what a file keeps in one matrix is one projection, so that weights stay where they lie and
 * an adapter's module is one projection. Adapters address deltas by (layer, projection).
 */
public enum Projection {
  /** Queries, keys and values in one matrix; see {@link DecoderSpec.QkvLayout}. */
  QKV,
  Q,
  K,
  V,
  O,
  /** Gate rows, then up rows. */
  GATE_UP,
  GATE,
  /** Also the first layer of a plain feed-forward layer. */
  UP,
  DOWN
}
