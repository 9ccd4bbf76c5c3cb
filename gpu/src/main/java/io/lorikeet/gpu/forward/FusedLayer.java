package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Stream;
import java.util.Optional;

/**
 * One decoder layer of a step of few rows in five launches, adapters included. The bits are those
 * of the layer of any number of rows.
 */
final class FusedLayer implements LayerTask {
  private final Parts parts;
  private final FusedKernels kernels;
  private final KvPages pages;
  private final LayerTask attention;
  private final FusedKernels.Rotation[] rotations; // [layers]

  private FusedLayer(Parts parts, FusedKernels kernels, KvPages pages, LayerTask attention) {
    this.parts = parts;
    this.kernels = kernels;
    this.pages = pages;
    this.attention = attention;
    DecoderSpec spec = parts.spec();
    rotations =
        spec.layerSpecs().stream()
            .map(layer -> rotation(spec, layer.rope()))
            .toArray(FusedKernels.Rotation[]::new);
  }

  private static FusedKernels.Rotation rotation(DecoderSpec spec, RopeSpec rope) {
    int dim = rope instanceof RopeSpec.None ? 0 : spec.attention().rotaryDim();
    int kind = spec.ropes().indexOf(rope);
    return new FusedKernels.Rotation(kind, spec.headDim(), dim, spec.attention().interleaved());
  }

  /** Whether there are kernels for the decoder's layers. */
  static boolean fits(DecoderSpec spec) {
    DecoderSpec.Attention attention = spec.attention();
    return spec.residual() == Residual.PRE
        && spec.norm() == NormKind.RMS
        && spec.mlp() == MlpKind.GATED
        && spec.experts().isEmpty()
        && attention.layout() == QkvLayout.SEPARATE
        && attention.qkNorm() == QkNorm.NONE
        && attention.clip() == 0f
        && isEven(spec.headDim(), attention.rotaryDim(), spec.hidden(), spec.mlpWidth());
  }

  // Kernels read pairs of columns, and turn pairs of rows.
  private static boolean isEven(int... widths) {
    for (int width : widths) {
      if (width % 2 != 0) {
        return false;
      }
    }
    return true;
  }

  /** Takes what the kernels need, if there are some for the decoder. */
  static FusedKernels.Scratch scratch(DecoderSpec spec, Context context) {
    return fits(spec) ? FusedKernels.Scratch.take(context) : FusedKernels.Scratch.NONE;
  }

  /** Bytes that it takes on the device. */
  static long scratchBytes(DecoderSpec spec) {
    return fits(spec) ? FusedKernels.Scratch.bytes() : 0;
  }

  /** The layer, if there are kernels for the model. */
  static Optional<FusedLayer> of(Parts parts, DeviceModel on, Context context, Stream stream) {
    DecoderSpec spec = parts.spec();
    if (!fits(spec)) {
      return Optional.empty();
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      WeightType type = parts.weights().projection(layer, Projection.Q).type();
      for (Projection projection : spec.projections()) {
        if (!type.isHalf() || parts.weights().projection(layer, projection).type() != type) {
          return Optional.empty();
        }
      }
    }
    int slotBytes = on.adapters().layout().bytes();
    FusedKernels kernels = new FusedKernels(context, stream, slotBytes, on.fused());
    LayerTask attention = SelfAttention.attendOnly(parts, on.pages(), on.slopes());
    return Optional.of(new FusedLayer(parts, kernels, on.pages(), attention));
  }

  /** Whether it is for the step in flight. */
  boolean takes() {
    return parts.shape().rows <= FusedKernels.ROWS_MAX && parts.adapters().fuse();
  }

  @Override
  public void run(int layer) {
    Workspace at = parts.at();
    DecoderSpec spec = parts.spec();
    JoinBlock.Table joins = parts.adapters().table();
    int rows = parts.shape().rows;
    float factor = spec.scaling().residual();
    kernels.qkv(
        at.q(),
        pages,
        layer,
        parts.block(),
        rotations[layer],
        normed(layer, NormPlace.BEFORE_ATTENTION, joins, rows),
        linear(layer, Projection.Q),
        linear(layer, Projection.K),
        linear(layer, Projection.V));
    attention.run(layer);
    kernels.add(at.x(), factor, at.attended(), linear(layer, Projection.O), joins, rows);
    kernels.gated(
        at.gate(),
        spec.activation(),
        normed(layer, NormPlace.BEFORE_MLP, joins, rows),
        linear(layer, Projection.GATE),
        linear(layer, Projection.UP));
    kernels.add(at.x(), factor, at.gate(), linear(layer, Projection.DOWN), joins, rows);
  }

  private FusedKernels.Normed normed(int layer, NormPlace place, JoinBlock.Table joins, int rows) {
    DeviceNorm norm = parts.weights().norm(layer, place);
    return new FusedKernels.Normed(parts.at().x(), norm, parts.spec().normEps(), joins, rows);
  }

  private FusedKernels.Linear linear(int layer, Projection projection) {
    return new FusedKernels.Linear(
        parts.weights().projection(layer, projection),
        parts.weights().bias(layer, projection),
        parts.adapters().delta(layer, projection));
  }
}
