package io.lorikeet.gpu.forward;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.gpu.adapter.Joins;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Recording;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jcuda.CudaException;
import org.jspecify.annotations.Nullable;

/**
 * Steps as graphs: one for each bucket of rows, without adapters and with them, recorded in the
 * background. A graph holds no more than launches: what the rows are, which slots they use and what
 * lies there is read from device memory, so that no graph is ever recorded again. Steps whose rows
 * all give logits have one, unless adapters do more than to change outputs of linear layers, or a
 * row has several.
 */
final class StepGraphs implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(StepGraphs.class.getName());
  private static final int[] BUCKETS = {1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128};

  /**
   * A recorded step.
   *
   * @param rows that its kernels are launched for
   */
  record Graph(int rows, Recording recording) {}

  private final DeviceModel on;
  private final int rowsMax;
  private final Context context;
  private final AtomicReferenceArray<@Nullable Graph> base =
      new AtomicReferenceArray<>(BUCKETS.length);
  private final AtomicReferenceArray<@Nullable Graph> adapted =
      new AtomicReferenceArray<>(BUCKETS.length);
  private final Thread recorder;
  private volatile boolean closed;

  StepGraphs(DeviceModel on, int rowsMax, Context context) {
    this.on = on;
    this.rowsMax = rowsMax;
    this.context = context;
    recorder = Thread.ofPlatform().daemon().name("lorikeet-graphs").unstarted(this::recordAll);
  }

  /** Begins to record. */
  void record() {
    recorder.start();
  }

  /** The graph of a step; null where there is none, or none yet. */
  @Nullable Graph of(StepRows rows, Joins joins) {
    boolean all = rows.emittingCount == rows.count;
    for (int i = 0; i < BUCKETS.length && all; i++) {
      if (rows.count <= BUCKETS[i]) {
        if (joins.isEmpty()) {
          return base.get(i);
        }
        return joins.linear() && joins.count() <= BUCKETS[i] ? adapted.get(i) : null;
      }
    }
    return null;
  }

  /** Waits until all are recorded that can be. */
  void await() {
    boolean interrupted = false;
    while (recorder.isAlive()) {
      try {
        recorder.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    await();
    for (int i = 0; i < BUCKETS.length; i++) {
      destroy(base.getAndSet(i, null));
      destroy(adapted.getAndSet(i, null));
    }
  }

  // A lost device destroys nothing any more.
  private static void destroy(@Nullable Graph graph) {
    try {
      if (graph != null) {
        graph.recording.close();
      }
    } catch (CudaException e) {
      LOG.log(Level.DEBUG, "a graph was not destroyed: " + e.getMessage());
    }
  }

  private void recordAll() {
    try {
      Recorder[] made = new Recorder[1];
      context.run(() -> made[0] = new Recorder());
      recordAll(made[0], List.of(), base);
      recordAll(made[0], List.of(like(on.spec())), adapted);
      LOG.log(Level.DEBUG, "all graphs of steps are recorded");
    } catch (CudaException e) {
      LOG.log(Level.WARNING, "steps go on without more graphs: " + e.getMessage());
    }
  }

  private void recordAll(
      Recorder by, List<AdapterImage> like, AtomicReferenceArray<@Nullable Graph> to) {
    for (int i = 0; i < BUCKETS.length && BUCKETS[i] <= rowsMax; i++) {
      int bucket = i;
      if (!closed) {
        context.run(() -> to.set(bucket, by.record(BUCKETS[bucket], like)));
      }
    }
  }

  /** A pass of the recording thread's own. */
  private final class Recorder {
    private final StepShape shape = new StepShape();
    private final Stream stream = context.stream();
    private final Pass pass = new Pass(on, shape, context, stream);

    Graph record(int rows, List<AdapterImage> like) {
      shape.set(rows, like);
      return new Graph(rows, new Recording(stream, pass::queue));
    }
  }

  /** An adapter that does all that the graphs' adapters may do: low-rank updates everywhere. */
  private static AdapterImage like(DecoderSpec spec) {
    Map<Projection, Delta> everywhere = new EnumMap<>(Projection.class);
    for (Projection projection : spec.projections()) {
      LowRank update =
          new LowRank(zeros(1, spec.inputs(projection)), zeros(spec.outputs(projection), 1));
      everywhere.put(projection, new Delta(Optional.of(update), Optional.empty()));
    }
    return new AdapterImage(
        new GenerationId("like"), Collections.nCopies(spec.layers(), everywhere), 0);
  }

  private static Matrix zeros(int rows, int cols) {
    return new Matrix(
        Arena.ofAuto().allocate((long) rows * cols * Float.BYTES), DType.F32, rows, cols);
  }
}
