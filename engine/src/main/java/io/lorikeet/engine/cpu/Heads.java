package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;

/**
 * Where queries, keys or values stand in a panel: those of key/value head g begin at {@code base +
 * g * stride} of a row.
 */
record Heads(Panel panel, int base, int stride) {
  /** Where queries, keys and values stand. */
  record Qkv(Heads q, Heads k, Heads v) {}

  /** Offset of the first value of a row and key/value head. */
  int at(int row, int kvHead) {
    return panel.at(row) + base + kvHead * stride;
  }

  static Qkv of(DecoderSpec spec, Workspace at) {
    int dim = spec.headDim();
    int queries = spec.heads() / spec.kvHeads() * dim; // of one key/value head
    return switch (spec.attention().layout()) {
      case SEPARATE ->
          new Qkv(
              new Heads(at.q(), 0, queries), new Heads(at.k(), 0, dim), new Heads(at.v(), 0, dim));
      case STACKED -> {
        int keys = spec.heads() * dim;
        int values = keys + spec.kvHeads() * dim;
        yield new Qkv(
            new Heads(at.q(), 0, queries),
            new Heads(at.q(), keys, dim),
            new Heads(at.q(), values, dim));
      }
      case GROUPED -> {
        int group = queries + 2 * dim;
        yield new Qkv(
            new Heads(at.q(), 0, group),
            new Heads(at.q(), queries, group),
            new Heads(at.q(), queries + dim, group));
      }
    };
  }
}
