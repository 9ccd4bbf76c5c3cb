package io.lorikeet.engine.model;

/**
 * The linear layers of one decoder layer, in the order of the forward pass. Adapters address deltas
 * by (layer, projection).
 */
public enum Projection {
  Q,
  K,
  V,
  O,
  GATE,
  UP,
  DOWN
}
