package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;

/**
 * Where queries, keys or values stand in rows of activations: head i of group g begins at {@code g
 * * groupStride + i * dim} of a row. Queries have a group for each key/value head, keys and values
 * groups of one.
 *
 * @param address of the first head of the first row
 * @param rowStride floats from one row to the next
 */
record Heads(long address, int groups, int perGroup, int dim, int rowStride, int groupStride) {
  /** Queries, keys and values of a row; keys and values have the same strides. */
  record Qkv(Heads q, Heads k, Heads v) {}

  /** All heads as one that is as wide as they are. */
  Heads whole() {
    int width = groups * perGroup * dim;
    return new Heads(address, 1, 1, width, rowStride, width);
  }

  int count() {
    return groups * perGroup;
  }

  static Qkv of(DecoderSpec spec, Workspace at) {
    int dim = spec.headDim();
    int kvHeads = spec.kvHeads();
    int perGroup = spec.heads() / kvHeads;
    int queries = perGroup * dim; // of one key/value head
    if (spec.attention().layout() == QkvLayout.SEPARATE) {
      return new Qkv(
          of(at.q(), 0, kvHeads, perGroup, dim, queries),
          of(at.k(), 0, kvHeads, 1, dim, dim),
          of(at.v(), 0, kvHeads, 1, dim, dim));
    }
    if (spec.attention().layout() == QkvLayout.STACKED) {
      int keys = spec.heads() * dim;
      return new Qkv(
          of(at.q(), 0, kvHeads, perGroup, dim, queries),
          of(at.q(), keys, kvHeads, 1, dim, dim),
          of(at.q(), keys + kvHeads * dim, kvHeads, 1, dim, dim));
    }
    int group = queries + 2 * dim;
    return new Qkv(
        of(at.q(), 0, kvHeads, perGroup, dim, group),
        of(at.q(), queries, kvHeads, 1, dim, group),
        of(at.q(), queries + dim, kvHeads, 1, dim, group));
  }

  private static Heads of(
      Panel panel, int from, int groups, int perGroup, int dim, int groupStride) {
    long first = panel.address() + (long) from * Float.BYTES;
    return new Heads(first, groups, perGroup, dim, panel.stride(), groupStride);
  }
}
