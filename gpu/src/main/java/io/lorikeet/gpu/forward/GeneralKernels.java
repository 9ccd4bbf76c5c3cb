package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec.Activation;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;
import java.util.EnumMap;
import java.util.Map;

/**
 * The kernels of the general path, queued on one stream. Each method is one kernel of {@code
 * kernels/src/main/cuda}, where its operation and its parameters are described.
 */
final class GeneralKernels {
  private static final int ELEMENTS = 256; // of a block, in kernels over elements
  private static final int ELEMENT_BLOCKS_MAX = 1024; // they loop beyond
  private static final int LINEAR_ROWS = 16; // of a block
  private static final int LINEAR_TOKENS = 4;
  private static final long NULL = 0;

  /** Attention keeps a head in the registers of its block. */
  static final int HEAD_DIM_MAX = 512;

  private final Stream stream;
  private final Map<WeightType, Kernel> embed;
  private final Map<WeightType, Kernel> linear;
  private final Map<Activation, Kernel> gated = new EnumMap<>(Activation.class);
  private final Map<NormKind, Kernel> norm = new EnumMap<>(NormKind.class);
  private final Map<NormKind, Kernel> headNorm = new EnumMap<>(NormKind.class);
  private final Kernel add;
  private final Kernel addScaled;
  private final Kernel addBias;
  private final Kernel scale;
  private final Kernel softCap;
  private final Kernel clip;
  private final Kernel rope;
  private final Kernel writeKv;
  private final Kernel attention;

  GeneralKernels(Context context, Stream stream) {
    this.stream = stream;
    embed = WeightType.storedKernels(context, "embed_");
    linear = WeightType.kernels(context, "linear_");
    gated.put(Activation.SILU, context.kernel("gated_silu"));
    gated.put(Activation.GELU, context.kernel("gated_gelu"));
    gated.put(Activation.GELU_TANH, context.kernel("gated_gelu_tanh"));
    norm.put(NormKind.RMS, context.kernel("rms_norm"));
    norm.put(NormKind.LAYER, context.kernel("layer_norm"));
    headNorm.put(NormKind.RMS, context.kernel("head_rms_norm"));
    headNorm.put(NormKind.LAYER, context.kernel("head_layer_norm"));
    add = context.kernel("add");
    addScaled = context.kernel("add_scaled");
    addBias = context.kernel("add_bias");
    scale = context.kernel("scale");
    softCap = context.kernel("soft_cap");
    clip = context.kernel("clip");
    rope = context.kernel("rope");
    writeKv = context.kernel("kv_write_f32");
    attention = context.kernel("attention_f32");
  }

  /** Rows of a table, times a factor. */
  void embed(Panel y, DeviceMatrix table, long indices, int rows, float factor) {
    of(embed, table.type())
        .with(y.address())
        .with(table.address())
        .with(indices)
        .with(table.cols())
        .with(factor)
        .launch(stream, rows);
  }

  /** {@code y = W x}. */
  void linear(Panel y, DeviceMatrix w, Panel x, int rows) {
    of(linear, w.type())
        .with(y.address())
        .with(w.address())
        .with(x.address())
        .with(rows)
        .with(w.rows())
        .with(w.cols())
        .with(y.stride())
        .with(x.stride())
        .with(0)
        .launch(stream, Math.ceilDiv(w.rows(), LINEAR_ROWS), Math.ceilDiv(rows, LINEAR_TOKENS), 1);
  }

  /** Norms of dense rows; y may be x. */
  void norm(
      NormKind kind, Panel y, Panel x, DeviceNorm of, Adapters.Norms own, int rows, float eps) {
    norm(kind, y, x, NULL, of, own, rows, eps);
  }

  /**
   * Norms of chosen rows.
   *
   * @param from address of the numbers of the rows of x, {@code [rows]}
   * @param own what rows of x have instead
   */
  void norm(
      NormKind kind,
      Panel y,
      Panel x,
      long from,
      DeviceNorm of,
      Adapters.Norms own,
      int rows,
      float eps) {
    Kernel kernel =
        of(norm, kind)
            .with(y.address())
            .with(x.address())
            .with(from)
            .with(own.first())
            .with(own.slotNorms())
            .with(own.slots())
            .with(of.weight());
    (kind == NormKind.LAYER ? kernel.with(of.bias()) : kernel)
        .with(x.width())
        .with(eps)
        .launch(stream, rows);
  }

  /**
   * Norms of queries or keys in place, head by head.
   *
   * @param weightStride floats from one head's weights to the next; 0 where heads share them
   */
  void headNorm(
      NormKind kind,
      Heads x,
      DeviceNorm of,
      Adapters.Norms own,
      int weightStride,
      int rows,
      float eps) {
    Kernel kernel =
        of(headNorm, kind)
            .with(x.address())
            .with(own.first())
            .with(own.slotNorms())
            .with(own.slots())
            .with(of.weight());
    Kernel weighted = kind == NormKind.LAYER ? kernel.with(of.bias()) : kernel;
    heads(weighted, x).with(weightStride).with(eps).launch(stream, rows, x.count(), 1);
  }

  /**
   * Turns heads by the angles of their rows.
   *
   * @param cosines address of {@code [rows, rotaryDim / 2]}
   * @param sines likewise
   */
  void rope(Heads x, long cosines, long sines, int rotaryDim, boolean interleaved, int rows) {
    heads(rope.with(x.address()).with(cosines).with(sines).with(NULL), x)
        .with(rotaryDim)
        .with(interleaved ? 1 : 0)
        .launch(stream, rows);
  }

  /** Writes the keys and values of the step's rows to their places. */
  void writeKv(KvPages pages, int layer, StepBlock block, Heads k, Heads v, int rows) {
    writeKv
        .with(pages.keys(layer))
        .with(pages.values(layer))
        .with(pages.blockStride())
        .with(block.blocksAt())
        .with(block.tablesAt())
        .with(block.positionsAt())
        .with(k.address())
        .with(v.address())
        .with(k.groups())
        .with(k.dim())
        .with(k.rowStride())
        .with(k.groupStride())
        .launch(stream, rows);
  }

  /**
   * What becomes of the scores of attention.
   *
   * @param window positions that a row attends to; 0 for all
   * @param softCap 0 for none
   * @param slopes address of one per query head; 0 for none
   */
  record Scoring(int window, float scale, float softCap, long slopes) {}

  /** Attention of the step's rows to their sequences, into dense rows. */
  void attention(
      Panel out, Heads q, KvPages pages, int layer, StepBlock block, Scoring scoring, int rows) {
    attention
        .with(out.address())
        .with(q.address())
        .with(pages.keys(layer))
        .with(pages.values(layer))
        .with(pages.blockStride())
        .with(block.blocksAt())
        .with(block.tablesAt())
        .with(block.positionsAt())
        .with(scoring.slopes);
    heads(attention, q)
        .with(scoring.window)
        .with(scoring.scale)
        .with(scoring.softCap)
        .launch(stream, rows, q.count(), 1);
  }

  /** {@code y = activation(gate) * up}; y may be gate. */
  void gated(Activation activation, Panel y, Panel gate, Panel up, int rows) {
    of(gated, activation)
        .with(y.address())
        .with(gate.address())
        .with(up.address())
        .with(rows)
        .with(y.width())
        .with(y.stride())
        .with(gate.stride())
        .with(up.stride())
        .launch(stream, blocks(rows, y.width()));
  }

  /** {@code y += x}, of dense rows. */
  void add(Panel y, Panel x, int rows) {
    int count = rows * y.width();
    add.with(y.address()).with(x.address()).with(count).launch(stream, blocks(rows, y.width()));
  }

  /** {@code y += factor * x}, of dense rows. */
  void addScaled(Panel y, Panel x, float factor, int rows) {
    addScaled
        .with(y.address())
        .with(x.address())
        .with(factor)
        .with(rows * y.width())
        .launch(stream, blocks(rows, y.width()));
  }

  /** Adds a bias {@code [width]} to every row. */
  void addBias(Panel y, long bias, int rows) {
    addBias
        .with(y.address())
        .with(bias)
        .with(rows)
        .with(y.width())
        .with(y.stride())
        .launch(stream, blocks(rows, y.width()));
  }

  /** {@code y *= factor}, of dense rows. */
  void scale(Panel y, float factor, int rows) {
    elements(scale, y, factor, rows);
  }

  /** {@code y = cap * tanh(y / cap)}, of dense rows. */
  void softCap(Panel y, float cap, int rows) {
    elements(softCap, y, cap, rows);
  }

  /** Keeps dense rows within {@code [-bound, bound]}. */
  void clip(Panel y, float bound, int rows) {
    elements(clip, y, bound, rows);
  }

  private void elements(Kernel kernel, Panel y, float by, int rows) {
    kernel
        .with(y.address())
        .with(by)
        .with(rows * y.width())
        .launch(stream, blocks(rows, y.width()));
  }

  private static Kernel heads(Kernel kernel, Heads x) {
    return kernel
        .with(x.groups())
        .with(x.perGroup())
        .with(x.dim())
        .with(x.rowStride())
        .with(x.groupStride());
  }

  private static <K extends Enum<K>> Kernel of(Map<K, Kernel> kernels, K key) {
    Kernel kernel = kernels.get(key);
    if (kernel == null) {
      throw new AssertionError(key);
    }
    return kernel;
  }

  private static int blocks(int rows, int width) {
    return Math.min(ELEMENT_BLOCKS_MAX, Math.ceilDiv(rows * width, ELEMENTS));
  }
}
