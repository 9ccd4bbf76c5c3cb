package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import java.util.Arrays;

/** Norms on queries and keys, before they rotate. */
final class HeadNorms implements LayerTask {
  private final Parts parts;
  private final NormFunction function;
  private final Heads q;
  private final Heads k;
  private final int groups; // that are normalised for themselves, per row
  private final int queries; // norms in a group
  private final int width;
  private final Norm[][] query; // [layers][groups * queries]
  private final Norm[][] key; // [layers][groups]
  private final int keyWidth;
  private final WorkerPool.Task rows = this::rows;
  private int layer;

  HeadNorms(Parts parts, Heads q, Heads k) {
    this.parts = parts;
    this.q = q;
    this.k = k;
    DecoderSpec spec = parts.spec();
    function = NormFunction.of(parts.kernels(), spec);
    boolean whole = spec.attention().qkNorm() == QkNorm.WHOLE;
    groups = whole ? 1 : spec.kvHeads();
    queries = whole ? 1 : spec.heads() / spec.kvHeads();
    width = whole ? spec.heads() * spec.headDim() : spec.headDim();
    keyWidth = whole ? spec.kvHeads() * spec.headDim() : spec.headDim();
    query = new Norm[spec.layers()][];
    key = new Norm[spec.layers()][];
    for (int l = 0; l < spec.layers(); l++) {
      query[l] = split(parts.weights().norm(l, NormPlace.QUERY), groups * queries, width);
      key[l] = split(parts.weights().norm(l, NormPlace.KEY), groups, keyWidth);
    }
  }

  // Heads share a norm of one head's width.
  private static Norm[] split(Norm norm, int count, int width) {
    Norm[] parts = new Norm[count];
    for (int i = 0; i < count; i++) {
      parts[i] =
          norm.weight().length == width
              ? norm
              : new Norm(slice(norm.weight(), i, width), slice(norm.bias(), i, width));
    }
    return parts;
  }

  private static float[] slice(float[] values, int index, int width) {
    return values.length == 0
        ? values
        : Arrays.copyOfRange(values, index * width, (index + 1) * width);
  }

  @Override
  public void run(int index) {
    layer = index;
    parts.overRows(parts.rows().count, rows);
  }

  private void rows(int worker) {
    for (int row = parts.begin(worker); row < parts.end(worker); row++) {
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < queries; i++) {
          norm(query[layer][group * queries + i], q, q.at(row, group) + i * width, width);
        }
        norm(key[layer][group], k, k.at(row, group), keyWidth);
      }
    }
  }

  private void norm(Norm norm, Heads heads, int at, int size) {
    function.apply(norm, heads.panel().data(), at, size, heads.panel().data(), at);
  }
}
