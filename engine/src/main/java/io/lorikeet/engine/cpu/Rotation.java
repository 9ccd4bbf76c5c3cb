package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.engine.step.Angles;
import io.lorikeet.kernels.Kernels;
import java.util.List;

/** Turns heads of a row by its position. */
interface Rotation {
  Rotation NONE = (x, offset, heads, row) -> {};

  /** Turns {@code heads} heads that begin at {@code offset}. */
  void apply(float[] x, int offset, int heads, int row);

  /** One per layer. */
  static Rotation[] of(Parts parts) {
    DecoderSpec spec = parts.spec();
    List<RopeSpec> kinds = spec.ropes();
    Rotation[] ofKind = new Rotation[kinds.size()];
    for (int i = 0; i < ofKind.length; i++) {
      ofKind[i] =
          kinds.get(i) instanceof RopeSpec.None
              ? NONE
              : of(parts.kernels(), spec, parts.rows().angles[i]);
    }
    return spec.layerSpecs().stream()
        .map(layer -> ofKind[kinds.indexOf(layer.rope())])
        .toArray(Rotation[]::new);
  }

  private static Rotation of(Kernels kernels, DecoderSpec spec, Angles angles) {
    int dim = spec.headDim();
    int rotaryDim = spec.attention().rotaryDim();
    if (spec.attention().interleaved()) {
      return (x, offset, heads, row) ->
          kernels.ropeInterleaved(
              x, offset, heads, dim, rotaryDim, angles.cos, angles.sin, angles.at(row));
    }
    return (x, offset, heads, row) ->
        kernels.rope(x, offset, heads, dim, rotaryDim, angles.cos, angles.sin, angles.at(row));
  }
}
