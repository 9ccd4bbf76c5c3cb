package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.Alibi;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.adapter.Joins;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.kernels.Kernels;

/**
 * Steps through the decoder, from token ids to the outputs of the rows that emit: as a graph where
 * there is one for the step, else kernel by kernel. Everything is taken at open; a step takes
 * nothing.
 */
public final class ForwardPass implements AutoCloseable {
  /** Widest head that attention takes. */
  public static final int HEAD_DIM_MAX = GeneralKernels.HEAD_DIM_MAX;

  private final StepRows rows;
  private final Stream stream;
  private final Joins joins;
  private final DeviceModel on;
  private final StepShape shape = new StepShape();
  private final Pass pass;
  private final StepGraphs graphs;

  /**
   * Sizes that a pass is made for.
   *
   * @param rowsMax rows of one step
   * @param kvBlocks blocks of the KV cache
   * @param tablesMax entries of all block tables of one step
   * @param joinsMax rows of all segments of one step
   * @param seats sequences that draw
   */
  public record Limits(int rowsMax, int kvBlocks, int tablesMax, int joinsMax, int seats) {}

  /**
   * Takes device memory and uploads the weights.
   *
   * @param plan which of them are packed on the way, by {@code packers}
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight
   *     that no block holds
   */
  public ForwardPass(
      LoadedModel model,
      WeightPlan plan,
      Kernels packers,
      StepRows rows,
      Limits limits,
      AdapterMemory memory,
      Context context,
      Stream stream) {
    DecoderSpec spec = model.spec();
    this.rows = rows;
    this.stream = stream;
    int rank = Adapters.rankMax();
    int width = inputMax(spec);
    joins = new Joins(memory, limits.rowsMax, limits.joinsMax, perRow(spec));
    on =
        new DeviceModel(
            spec,
            new DeviceWeights(spec, model.weights(), plan, packers, context),
            Workspace.of(spec, limits.rowsMax, context),
            KvPages.of(spec, limits.kvBlocks, context),
            new StepBlock(limits.rowsMax, halves(spec), limits.tablesMax, context),
            new JoinBlock(limits.rowsMax, limits.joinsMax, perRow(spec), context),
            memory,
            new Panel(context.allocate(hBytes(spec, limits.joinsMax)).address(), rank, rank),
            new Panel(context.allocate(scaledBytes(spec, limits.rowsMax)).address(), width, width),
            SplitAttention.Scratch.take(spec, context),
            FusedLayer.scratch(spec, context),
            lastTokens(limits.seats, context, stream),
            slopes(spec, context));
    pass = new Pass(on, shape, context, stream);
    graphs = new StepGraphs(on, limits.rowsMax, context);
  }

  /** What runs the layers: {@code general}, or for steps of few rows {@code fused}. */
  public String path() {
    return pass.path();
  }

  /** Begins to record graphs in the background. */
  public void record() {
    graphs.record();
  }

  /** Waits until all graphs are recorded that can be. */
  public void awaitGraphs() {
    graphs.await();
  }

  /** No other thread uses the context from now on. */
  @Override
  public void close() {
    graphs.close();
  }

  private static long lastTokens(int seats, Context context, Stream stream) {
    DeviceBuffer tokens = context.allocate((long) seats * Integer.BYTES);
    stream.clear(tokens);
    return tokens.address();
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
    StepGraphs.Graph graph = graphs.of(rows, joins);
    int launched = graph == null ? rows.count : graph.rows();
    on.block().copy(rows, step, launched, stream);
    on.joins().copy(joins, graph == null ? 0 : launched, stream);
    if (graph == null) {
      shape.set(rows, joins);
      pass.queue();
    } else {
      graph.recording().replay(stream);
    }
  }

  /**
   * Queues the copy of a row of the step's logits {@code [emitting rows, vocab]} to the host.
   *
   * @param index of the row among those that {@code to} holds
   */
  public void copyLogits(int emitting, PinnedBuffer to, int index) {
    Panel logits = on.at().logits();
    long bytes = (long) logits.width() * Float.BYTES;
    DeviceBuffer row = new DeviceBuffer(logits.rows(emitting).address(), bytes);
    stream.copy(row, 0, to, index * bytes, bytes);
  }

  /** Address of the step's logits {@code [emitting rows, vocab]}. */
  public long logitsAt() {
    return on.at().logits().address();
  }

  /** Address of the tokens that seats drew last, {@code [seats]}. */
  public long lastTokensAt() {
    return on.lastTokens();
  }

  /** Queues the copy of the step's hidden states {@code [hidden rows, hidden]} to the host. */
  public void copyHidden(PinnedBuffer to) {
    copy(on.at().normed(), rows.emittingCount, rows.hiddenCount, to);
  }

  private void copy(Panel from, int first, int count, PinnedBuffer to) {
    if (count > 0) {
      long bytes = (long) count * from.width() * Float.BYTES;
      stream.copy(new DeviceBuffer(from.rows(first).address(), bytes), 0, to, 0, bytes);
    }
  }

  /** Bytes of activations and of what a step brings along. */
  public static long workspaceBytes(DecoderSpec spec, int rowsMax, int tablesMax, int joinsMax) {
    return Workspace.bytes(spec, rowsMax)
        + StepBlock.bytes(rowsMax, halves(spec), tablesMax)
        + JoinBlock.bytes(rowsMax, joinsMax, perRow(spec))
        + hBytes(spec, joinsMax)
        + scaledBytes(spec, rowsMax)
        + SplitAttention.Scratch.bytes(spec)
        + FusedLayer.scratchBytes(spec);
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
}
