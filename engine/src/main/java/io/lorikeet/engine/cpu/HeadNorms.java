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
    groups = groups(spec);
    queries = isWhole(spec) ? 1 : spec.heads() / spec.kvHeads();
    width = width(spec, NormPlace.QUERY);
    keyWidth = width(spec, NormPlace.KEY);
    query = new Norm[spec.layers()][];
    key = new Norm[spec.layers()][];
    for (int l = 0; l < spec.layers(); l++) {
      query[l] = split(parts.weights().norm(l, NormPlace.QUERY), spec, NormPlace.QUERY);
      key[l] = split(parts.weights().norm(l, NormPlace.KEY), spec, NormPlace.KEY);
    }
  }

  private static boolean isWhole(DecoderSpec spec) {
    return spec.attention().qkNorm() == QkNorm.WHOLE;
  }

  private static int groups(DecoderSpec spec) {
    return isWhole(spec) ? 1 : spec.kvHeads();
  }

  private static int width(DecoderSpec spec, NormPlace place) {
    int heads = place == NormPlace.QUERY ? spec.heads() : spec.kvHeads();
    return isWhole(spec) ? heads * spec.headDim() : spec.headDim();
  }

  /**
   * One norm for each part of queries or keys that is normalised for itself, in the order of their
   * heads. Heads share a norm of one head's width.
   */
  static Norm[] split(Norm norm, DecoderSpec spec, NormPlace place) {
    int width = width(spec, place);
    int heads = place == NormPlace.QUERY ? spec.heads() : spec.kvHeads();
    return split(norm, isWhole(spec) ? 1 : heads, width);
  }

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

  private void rows(int part) {
    for (int row = parts.begin(part); row < parts.end(part); row++) {
      Segments segments = parts.segments();
      Norm[] ofQuery = segments.headNorms(row, layer, NormPlace.QUERY, query[layer]);
      Norm[] ofKey = segments.headNorms(row, layer, NormPlace.KEY, key[layer]);
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < queries; i++) {
          norm(ofQuery[group * queries + i], q, q.at(row, group) + i * width, width);
        }
        norm(ofKey[group], k, k.at(row, group), keyWidth);
      }
    }
  }

  private void norm(Norm norm, Heads heads, int at, int size) {
    function.apply(norm, heads.panel().data(), at, size, heads.panel().data(), at);
  }
}
