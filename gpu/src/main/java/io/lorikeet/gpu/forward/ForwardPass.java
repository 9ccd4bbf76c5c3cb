package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.Alibi;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.adapter.Joins;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One step through the decoder, from token ids to the outputs of the rows that emit. Everything is
 * taken at open; a step takes nothing.
 */
public final class ForwardPass {
  /** Widest head that attention takes. */
  public static final int HEAD_DIM_MAX = GeneralKernels.HEAD_DIM_MAX;

  private final StepRows rows;
  private final Stream stream;
  private final StepBlock block;
  private final Joins joins;
  private final JoinBlock joinBlock;
  private final Workspace at;
  private final int layers;
  private final Embedding embedding;
  private final LayerTask layer;
  private final Head head;

  /**
   * Sizes that a pass is made for.
   *
   * @param rowsMax rows of one step
   * @param kvBlocks blocks of the KV cache
   * @param tablesMax entries of all block tables of one step
   * @param joinsMax rows of all segments of one step
   */
  public record Limits(int rowsMax, int kvBlocks, int tablesMax, int joinsMax) {}

  /** Takes device memory and uploads the weights. */
  public ForwardPass(
      LoadedModel model,
      StepRows rows,
      Limits limits,
      AdapterMemory memory,
      Context context,
      Stream stream) {
    DecoderSpec spec = model.spec();
    this.rows = rows;
    this.stream = stream;
    layers = spec.layers();
    block = new StepBlock(limits.rowsMax, halves(spec), limits.tablesMax, context);
    at = Workspace.of(spec, limits.rowsMax, context);
    DeviceWeights weights = new DeviceWeights(spec, model.weights(), context);
    KvPages pages = KvPages.of(spec, limits.kvBlocks, context);
    GeneralKernels kernels = new GeneralKernels(context, stream);
    joins = new Joins(memory, limits.rowsMax, limits.joinsMax, perRow(spec));
    joinBlock = new JoinBlock(limits.rowsMax, limits.joinsMax, perRow(spec), context);
    Adapters adapters = adapters(spec, limits, memory, context);
    Parts parts = new Parts(kernels, spec, weights, at, rows, block, adapters);
    embedding = new Embedding(parts);
    layer = layer(parts, pages, mlp(parts, context, stream), slopes(spec, context));
    head = new Head(parts);
  }

  private Adapters adapters(
      DecoderSpec spec, Limits limits, AdapterMemory memory, Context context) {
    AdapterKernels kernels = new AdapterKernels(context, stream, memory.layout().bytes());
    long h = context.allocate(hBytes(spec, limits.joinsMax)).address();
    long scaled = context.allocate(scaledBytes(spec, limits.rowsMax)).address();
    int rank = Adapters.rankMax();
    int width = inputMax(spec);
    return new Adapters(
        kernels,
        memory,
        joins,
        joinBlock,
        new Panel(h, rank, rank),
        new Panel(scaled, width, width));
  }

  // Experts that a row goes to.
  private static int perRow(DecoderSpec spec) {
    return spec.experts().map(Experts::perToken).orElse(0);
  }

  private static long hBytes(DecoderSpec spec, int joinsMax) {
    return (long) joinsMax * Math.max(1, perRow(spec)) * Adapters.rankMax() * Float.BYTES;
  }

  private static long scaledBytes(DecoderSpec spec, int rowsMax) {
    return (long) rowsMax * inputMax(spec) * Float.BYTES;
  }

  private static int inputMax(DecoderSpec spec) {
    return spec.projections().stream().mapToInt(spec::inputs).max().orElseThrow();
  }

  /**
   * Queues a step. The rows must have read it.
   *
   * @throws IllegalArgumentException it names an adapter that is not there; nothing is queued
   */
  public void run(Step step) {
    joins.read(step, rows);
    block.copy(rows, step, stream);
    joinBlock.copy(joins, stream);
    embedding.run();
    for (int l = 0; l < layers; l++) {
      layer.run(l);
    }
    head.run();
  }

  /** Queues the copy of the step's logits {@code [emitting rows, vocab]} to the host. */
  public void copyLogits(PinnedBuffer to) {
    copy(at.logits(), 0, rows.emittingCount, to);
  }

  /** Queues the copy of the step's hidden states {@code [hidden rows, hidden]} to the host. */
  public void copyHidden(PinnedBuffer to) {
    copy(at.normed(), rows.emittingCount, rows.hiddenCount, to);
  }

  private void copy(Panel from, int first, int count, PinnedBuffer to) {
    if (count > 0) {
      long bytes = (long) count * from.width() * Float.BYTES;
      stream.copy(new DeviceBuffer(from.rows(first).address(), bytes), 0, to, 0, bytes);
    }
  }

  /** Types of a model's matrices, such as {@code bf16}. */
  public static String weightTypes(LoadedModel model) {
    return model.weights().matrices().stream()
        .map(matrix -> matrix.dtype().name().toLowerCase(Locale.ROOT))
        .distinct()
        .sorted()
        .collect(Collectors.joining("+"));
  }

  /** Bytes of a model's weights on the device. */
  public static long weightBytes(LoadedModel model) {
    return DeviceWeights.bytes(model.weights());
  }

  /** Bytes of activations and of what a step brings along. */
  public static long workspaceBytes(DecoderSpec spec, int rowsMax, int tablesMax, int joinsMax) {
    return Workspace.bytes(spec, rowsMax)
        + StepBlock.bytes(rowsMax, halves(spec), tablesMax)
        + JoinBlock.bytes(rowsMax, joinsMax, perRow(spec))
        + hBytes(spec, joinsMax)
        + scaledBytes(spec, rowsMax);
  }

  /** Bytes of one block of the KV cache. */
  public static long kvBlockBytes(DecoderSpec spec) {
    return KvPages.blockBytes(spec);
  }

  // Angles of a row, for each kind of rotary embedding.
  private static int[] halves(DecoderSpec spec) {
    return spec.ropes().stream()
        .mapToInt(rope -> rope instanceof RopeSpec.None ? 0 : spec.attention().rotaryDim() / 2)
        .toArray();
  }

  private static long slopes(DecoderSpec spec, Context context) {
    if (spec.attention().positions() != Positions.ALIBI) {
      return 0;
    }
    float[] slopes = new float[spec.heads()];
    for (int head = 0; head < slopes.length; head++) {
      slopes[head] = Alibi.slope(head, slopes.length);
    }
    try (Uploads uploads = new Uploads(context, slopes.length * Float.BYTES)) {
      return uploads.put(slopes).address();
    }
  }

  /** Makes the feed-forward layer for an input. */
  private interface Mlp {
    LayerTask of(Panel input);
  }

  private static Mlp mlp(Parts parts, Context context, Stream stream) {
    if (parts.spec().experts().isEmpty()) {
      return input -> FeedForward.of(parts, input);
    }
    ExpertKernels kernels = new ExpertKernels(context, stream);
    return input -> new SparseFeedForward(parts, kernels, input);
  }

  private static LayerTask layer(Parts parts, KvPages pages, Mlp mlp, long slopes) {
    Workspace at = parts.at();
    Panel normed = at.normed();
    LayerTask join = parts.join();
    return Parts.all(
        switch (parts.spec().residual()) {
          case PRE ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  parts.normBefore(NormPlace.BEFORE_MLP, normed),
                  mlp.of(normed),
                  join);
          case POST ->
              List.of(
                  SelfAttention.of(parts, pages, at.x(), slopes),
                  parts.normAfter(NormPlace.AFTER_ATTENTION),
                  join,
                  mlp.of(at.x()),
                  parts.normAfter(NormPlace.AFTER_MLP),
                  join);
          case SANDWICH ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  parts.normAfter(NormPlace.AFTER_ATTENTION),
                  join,
                  parts.normBefore(NormPlace.BEFORE_MLP, normed),
                  mlp.of(normed),
                  parts.normAfter(NormPlace.AFTER_MLP),
                  join);
          case PARALLEL ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  mlp.of(normed),
                  join);
          case PARALLEL_TWO_NORMS ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  parts.normBefore(NormPlace.BEFORE_MLP, at.mlpNormed()),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  mlp.of(at.mlpNormed()),
                  join);
        });
  }
}
