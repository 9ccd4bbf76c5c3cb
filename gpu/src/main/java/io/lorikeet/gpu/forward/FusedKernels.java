package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec.Activation;
import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;
import java.util.Map;

/**
 * The kernels of {@code fused.cu}, queued on one stream: linear layers of steps of few rows, with
 * what comes before and after them. Matrices are BF16 or F16, those of one call alike.
 */
final class FusedKernels {
  /** Rows of a step. */
  static final int ROWS_MAX = 4;

  /** Rows of all segments of a step. */
  static final int JOINS_MAX = 64;

  private static final int MATRICES_MAX = 3; // of one kernel
  private static final int TILE = 32; // rows of weights that a block takes at once
  private static final int RANKS = 32; // likewise
  private static final int BLOCKS_MAX = 1024; // they loop beyond
  private static final int COUNTERS = 2;
  private static final long NULL = 0;

  private final Stream stream;
  private final Map<WeightType, Kernel> qkvOne;
  private final Map<WeightType, Kernel> qkvFew;
  private final Map<WeightType, Kernel> gatedOne;
  private final Map<WeightType, Kernel> gatedFew;
  private final Map<WeightType, Kernel> addOne;
  private final Map<WeightType, Kernel> addFew;
  private final int slotBytes;
  private final Scratch scratch;

  /**
   * What kernels of one stream share, one after the other.
   *
   * @param h address of {@code [MATRICES_MAX][JOINS_MAX]} rows of rankMax floats
   * @param counters address of two, zero before and after each kernel
   */
  record Scratch(long h, long counters) {
    /** For models that have no such kernels. */
    static final Scratch NONE = new Scratch(0, 0);

    static Scratch take(Context context) {
      long h = context.allocate(hBytes()).address();
      try (Uploads uploads = new Uploads(context, COUNTERS * Integer.BYTES)) {
        return new Scratch(h, uploads.put(new float[COUNTERS]).address()); // zeros
      }
    }

    /** Bytes that it takes on the device. */
    static long bytes() {
      return hBytes() + COUNTERS * Integer.BYTES;
    }

    private static long hBytes() {
      return (long) MATRICES_MAX * JOINS_MAX * Adapters.rankMax() * Float.BYTES;
    }
  }

  /**
   * @param slotBytes from the entries of one slot to those of the next
   */
  FusedKernels(Context context, Stream stream, int slotBytes, Scratch scratch) {
    this.scratch = scratch;
    this.stream = stream;
    this.slotBytes = slotBytes;
    qkvOne = WeightType.halfKernels(context, "fused_qkv_1_");
    qkvFew = WeightType.halfKernels(context, "fused_qkv_4_");
    gatedOne = WeightType.halfKernels(context, "fused_gated_1_");
    gatedFew = WeightType.halfKernels(context, "fused_gated_4_");
    addOne = WeightType.halfKernels(context, "fused_add_1_");
    addFew = WeightType.halfKernels(context, "fused_add_4_");
  }

  /**
   * A matrix with what is added to its outputs.
   *
   * @param bias address; 0 for none
   * @param delta address of slot 0's entry of the step's adapters
   */
  record Linear(DeviceMatrix matrix, long bias, long delta) {
    WeightType type() {
      return matrix.type();
    }

    int rows() {
      return matrix.rows();
    }
  }

  /**
   * Rows of the residual stream, normalised.
   *
   * @param joins of the step; null addresses for none
   */
  record Normed(Panel x, DeviceNorm norm, float eps, JoinBlock.Table joins, int rows) {}

  /**
   * How queries and keys turn.
   *
   * @param kind of rotary embedding, whose angles stand in the step block
   * @param dim dimensions of a head that turn; 0 for none
   */
  record Rotation(int kind, int headDim, int dim, boolean interleaved) {}

  /** Queries, turned, into dense rows; keys, turned, and values to their pages. */
  void qkv(
      Panel q,
      KvPages pages,
      int layer,
      StepBlock block,
      Rotation rotation,
      Normed input,
      Linear ofQ,
      Linear ofK,
      Linear ofV) {
    Kernel kernel = kernel(input.rows == 1 ? qkvOne : qkvFew, ofQ.type());
    kernel
        .with(q.address())
        .with(pages.keys(layer))
        .with(pages.values(layer))
        .with(pages.blockStride())
        .with(block.blocksAt())
        .with(block.tablesAt())
        .with(block.positionsAt())
        .with(rotation.dim() == 0 ? NULL : block.cosinesAt(rotation.kind()))
        .with(rotation.dim() == 0 ? NULL : block.sinesAt(rotation.kind()))
        .with(input.x.address())
        .with(input.rows)
        .with(input.x.width())
        .with(input.norm.weight())
        .with(input.eps)
        .with(ofQ.matrix.address())
        .with(ofK.matrix.address())
        .with(ofV.matrix.address())
        .with(ofQ.bias)
        .with(ofK.bias)
        .with(ofV.bias)
        .with(ofQ.delta)
        .with(ofK.delta)
        .with(ofV.delta)
        .with(ofQ.rows())
        .with(ofK.rows())
        .with(rotation.headDim())
        .with(rotation.dim())
        .with(rotation.interleaved() ? 1 : 0);
    launch(kernel, input.joins, ofQ.rows() + 2 * ofK.rows(), 3);
  }

  /** {@code y = activation(gate(x)) * up(x)}, into dense rows. */
  void gated(Panel y, Activation activation, Normed input, Linear gate, Linear up) {
    Kernel kernel = kernel(input.rows == 1 ? gatedOne : gatedFew, gate.type());
    kernel
        .with(y.address())
        .with(input.x.address())
        .with(input.rows)
        .with(input.x.width())
        .with(input.norm.weight())
        .with(input.eps)
        .with(gate.matrix.address())
        .with(up.matrix.address())
        .with(gate.bias)
        .with(up.bias)
        .with(gate.delta)
        .with(up.delta)
        .with(gate.rows())
        .with(number(activation));
    launch(kernel, input.joins, 2 * gate.rows(), 2);
  }

  /** {@code y += factor * W x}, of dense rows. */
  void add(Panel y, float factor, Panel x, Linear of, JoinBlock.Table joins, int rows) {
    Kernel kernel = kernel(rows == 1 ? addOne : addFew, of.type());
    kernel
        .with(y.address())
        .with(x.address())
        .with(rows)
        .with(x.width())
        .with(of.matrix.address())
        .with(of.bias)
        .with(of.delta)
        .with(of.rows())
        .with(factor);
    launch(kernel, joins, of.rows(), 1);
  }

  private void launch(Kernel kernel, JoinBlock.Table joins, int outputs, int matrices) {
    boolean joined = joins.begin() != NULL;
    int shrinks = joined ? matrices * Math.ceilDiv(Adapters.rankMax(), RANKS) : 0;
    kernel
        .with(joins.begin())
        .with(joins.slot())
        .with(joins.weight())
        .with(slotBytes)
        .with(scratch.h)
        .with(Adapters.rankMax())
        .with(scratch.counters)
        .launch(stream, Math.min(BLOCKS_MAX, Math.ceilDiv(outputs, TILE) + shrinks));
  }

  private static Kernel kernel(Map<WeightType, Kernel> kernels, WeightType type) {
    Kernel kernel = kernels.get(type);
    if (kernel == null) {
      throw new AssertionError(type);
    }
    return kernel;
  }

  private static int number(Activation activation) {
    return switch (activation) {
      case SILU -> 0;
      case GELU -> 1;
      case GELU_TANH -> 2;
    };
  }
}
