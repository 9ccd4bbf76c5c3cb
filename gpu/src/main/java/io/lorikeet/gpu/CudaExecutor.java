package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Lost;
import io.lorikeet.engine.spi.TakeResult.StepFailed;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.engine.step.Seats;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.engine.step.WeightTypes;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.AdapterTransfers;
import io.lorikeet.gpu.adapter.SlotLayout;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.Gpu;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.gpu.forward.ForwardPass;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import jcuda.CudaException;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a GPU: {@code submit} queues the forward pass, {@code sample} the draws, both
 * return at once, and {@code take} waits. Two steps are in flight: the second one is queued before
 * the host knows what the first one draws, and takes that on the device.
 *
 * <p>Where the second step needs what only the host has, which is what penalties look at and the
 * room for logits, {@code sample} waits for the first one; its own forward pass is queued by then.
 *
 * <p>A step that can't be run becomes {@link StepFailed}; the executor lives on. Whatever the
 * driver refuses once the executor is open becomes {@link Lost}: no call of a step is refused by a
 * device that is well. Calls out of order or from another thread are the caller's faults and throw.
 */
final class CudaExecutor implements Executor {
  private static final System.Logger LOG = System.getLogger(CudaExecutor.class.getName());
  private static final int DEPTH = 2;
  private static final long SPIN_NANOS = 50_000;
  private static final long PARK_NANOS = 20_000;

  private enum State {
    LIVE,
    LOST,
    CLOSED
  }

  private final Thread owner = Thread.currentThread();
  private final Context context;
  private final Stream stream;
  private final PinnedBuffer logits;
  private final PinnedBuffer hidden;
  private final Seats seats;
  private final AdapterTransfers transfers;
  private final AdapterMemory adapters;
  private final StepRows rows;
  private final ForwardPass forward;
  private final DeviceSampler sampler;
  private final RowOutputs outputs;
  private final ExecutorInfo info;
  private final Flight[] flights = new Flight[DEPTH]; // taken in turn
  private int oldest;
  private int inFlight;
  private State state = State.LIVE;
  private @Nullable CudaException refused;
  private long lastDoneNanos;

  private CudaExecutor(
      LoadedModel model,
      EngineSettings settings,
      Kernels kernels,
      Gpu gpu,
      Context context,
      DevicePlan plan) {
    DecoderSpec spec = model.spec();
    int rowsMax = settings.rowsMax();
    int contextMax = plan.contextMax(spec);
    this.context = context;
    stream = context.stream();
    logits = context.pin((long) rowsMax * spec.vocab() * Float.BYTES);
    hidden = context.pin((long) rowsMax * spec.hidden() * Float.BYTES);
    seats = new Seats(settings.seats());
    rows = new StepRows(spec, seats, rowsMax, plan.kvBlocks(), contextMax);
    SlotLayout layout = new SlotLayout(spec);
    adapters = new AdapterMemory(context, stream, layout, settings.slots(), plan.adapterBytes());
    transfers = new AdapterTransfers(spec, adapters);
    var limits =
        new ForwardPass.Limits(
            rowsMax,
            plan.kvBlocks(),
            DevicePlan.tablesMax(spec, settings),
            Support.joinsMax(spec, settings),
            settings.seats());
    WeightPlan weights = WeightPlan.of(model.weights(), spec, settings);
    forward = new ForwardPass(model, weights, kernels, rows, limits, adapters, context, stream);
    sampler =
        new DeviceSampler(
            context, stream, rowsMax, spec.vocab(), forward.logitsAt(), forward.lastTokensAt());
    outputs = new RowOutputs(kernels, seats, logits, spec.vocab(), hidden, spec.hidden());
    for (int i = 0; i < DEPTH; i++) {
      flights[i] = new Flight(context.event(), context.pin((long) rowsMax * Integer.BYTES));
    }
    info =
        new ExecutorInfo(
            CudaExecutorProvider.DEVICE,
            "cuda-" + forward.path() + "-sm_" + gpu.capability(),
            "cuda/f32-kv/exact/" + WeightTypes.held(model, settings),
            DEPTH,
            plan.kvBlocks(),
            KvHead.TOKENS,
            rowsMax,
            settings.slots(),
            settings.seats(),
            spec.vocab(),
            spec.hidden(),
            contextMax,
            plan.kvBlockBytes(),
            plan.adapterBytes());
  }

  /**
   * Takes the memory of the GPU that the settings grant, and uploads the weights.
   *
   * @param kernels for packing weights and drawing tokens on the host
   * @param image of the device's kernels
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_MEMORY_EXCEEDED; for a model or
   *     setting that no kernel exists for, MODEL_FIELD_UNSUPPORTED or
   *     MODEL_QUANTIZATION_UNSUPPORTED
   */
  static CudaExecutor open(
      LoadedModel model, EngineSettings settings, Kernels kernels, Gpu gpu, byte[] image) {
    Support.check(model.spec(), settings);
    Context context = Context.open(gpu, image);
    try {
      DevicePlan plan = DevicePlan.of(model, settings, context.freeBytes());
      CudaExecutor executor = new CudaExecutor(model, settings, kernels, gpu, context, plan);
      if (settings.graphs()) {
        executor.forward.record();
      }
      return executor;
    } catch (RuntimeException | Error thrown) {
      context.close();
      throw thrown;
    }
  }

  /** Waits until all graphs are recorded that can be. */
  void awaitGraphs() {
    forward.awaitGraphs();
  }

  @Override
  public ExecutorInfo info() {
    return info;
  }

  @Override
  public Transfers transfers() {
    return transfers;
  }

  @Override
  public void bind(Binding binding) {
    requireLive();
    try {
      change(binding);
    } catch (CudaException e) {
      refused = e; // the next step says so
    }
  }

  private void change(Binding binding) {
    switch (binding) {
      case Binding.BindSlot b -> adapters.bind(b.slot(), b.ticket());
      case Binding.FreeSlot f -> adapters.free(f.slot());
      case Binding.BindSeat b -> seats.bind(b.seat(), b.sampling(), b.tokens());
      case Binding.FreeSeat f -> seats.free(f.seat());
    }
  }

  @Override
  public void submit(Step next) {
    requireLive();
    if (inFlight == DEPTH || (inFlight > 0 && !newest().sampled)) {
      throw outOfOrder();
    }
    boolean doomed = inFlight > 0 && newest().failed(); // it will be discarded with that one
    inFlight++;
    Flight flight = newest();
    flight.begin(next, System.nanoTime());
    if (doomed) {
      flight.failure = new StepFailed(next.id, "a step before it failed");
      return;
    }
    try {
      if (refused != null) {
        throw refused;
      }
      rows.read(next);
      forward.run(next);
      if (rows.hiddenCount > 0) {
        copyRows(flight);
        forward.copyHidden(hidden);
      }
    } catch (RuntimeException | Error thrown) {
      fail(flight, thrown);
    }
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    requireLive();
    if (inFlight == 0 || newest().sampled || newest().step.id != stepId) {
      throw outOfOrder();
    }
    Flight flight = newest();
    flight.sampled = true;
    if (flight.failed()) {
      return;
    }
    try {
      copyLogits(flight);
      draw(flight);
      stream.record(flight.done);
    } catch (RuntimeException | Error thrown) {
      fail(flight, thrown);
    }
  }

  private void copyLogits(Flight flight) {
    Step step = flight.step;
    int wanted = 0;
    for (int e = 0; e < rows.emittingCount; e++) {
      if (outputs.needsLogits(step, rows.emitting[e])) {
        copyRows(flight);
        forward.copyLogits(e, logits, wanted++);
      }
    }
  }

  private void draw(Flight flight) {
    Step step = flight.step;
    sampler.begin();
    for (int e = 0; e < rows.emittingCount; e++) {
      int row = rows.emitting[e];
      if (step.emit[row] != Emit.SCORE) {
        int seat = step.seat[step.sequence[row]];
        boolean again = drawsLater(step, e, seat);
        if (looksBack(seats.sampling(seat))) {
          if (again) {
            throw new IllegalArgumentException(
                "a seat whose draws look at its tokens must draw once in a step. Given: seat "
                    + seat);
          }
          if (seats.isDrawing(seat)) {
            settleOlder(flight);
          }
        }
        int keeper = again ? -1 : seat;
        sampler.add(e, keeper, seats.sampling(seat), seats.history(seat), step.position[row] + 1);
      }
    }
    sampler.launch();
    for (int e = 0; e < rows.emittingCount; e++) {
      int row = rows.emitting[e];
      if (step.emit[row] != Emit.SCORE) {
        seats.draws(step.seat[step.sequence[row]]);
      }
    }
    sampler.copyDrawn(flight.drawn);
  }

  private boolean drawsLater(Step step, int emitting, int seat) {
    for (int e = emitting + 1; e < rows.emittingCount; e++) {
      int row = rows.emitting[e];
      if (step.seat[step.sequence[row]] != seat) {
        return false; // rows of a sequence are consecutive
      }
      if (step.emit[row] != Emit.SCORE) {
        return true;
      }
    }
    return false;
  }

  private static boolean looksBack(SamplingParams params) {
    return !params.penalties().isNone() || params.rules().banned().length > 0;
  }

  /** The room for rows that go to the host is this step's from now on. */
  private void copyRows(Flight flight) {
    if (!flight.copiesRows && older(flight) != null && flights[oldest].copiesRows) {
      settleOlder(flight);
    }
    flight.copiesRows = true;
  }

  /** Waits for the step before this one, so that the host knows what it gave out. */
  private void settleOlder(Flight flight) {
    Flight older = older(flight);
    if (older != null && older.outputs == null) {
      await(older.done);
      settle(older);
    }
  }

  private @Nullable Flight older(Flight flight) {
    return flights[oldest] == flight ? null : flights[oldest];
  }

  private void settle(Flight flight) {
    long now = System.nanoTime();
    flight.nanos = now - Math.max(flight.beginNanos, lastDoneNanos);
    lastDoneNanos = now;
    flight.outputs = outputs.of(flight.step, flight.drawn);
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    requireLive();
    Flight flight = flights[oldest];
    if (inFlight == 0 || !flight.sampled) {
      return Flight.PENDING;
    }
    try {
      if (!flight.failed() && flight.outputs == null) {
        if (!waitFor(flight.done, timeoutNanos)) {
          return Flight.PENDING;
        }
        settle(flight);
      }
    } catch (RuntimeException | Error thrown) {
      fail(flight, thrown);
    }
    return finish(flight);
  }

  private TakeResult finish(Flight flight) {
    if (flight.failure instanceof Lost) {
      state = State.LOST;
      return flight.failure;
    }
    if (flight.failed()) {
      discard();
      return flight.failure;
    }
    oldest = (oldest + 1) % DEPTH;
    inFlight--;
    return new Done(flight.step.id, Objects.requireNonNull(flight.outputs), flight.nanos);
  }

  // What later steps draw is nobody's.
  private void discard() {
    for (; inFlight > 0; inFlight--) {
      Flight flight = flights[oldest];
      for (int row = 0; row < flight.step.rows && !flight.failed(); row++) {
        if (flight.step.emit[row] == Emit.SAMPLE || flight.step.emit[row] == Emit.LOGITS) {
          seats.drewNothing(flight.step.seat[flight.step.sequence[row]]);
        }
      }
      oldest = (oldest + 1) % DEPTH;
    }
  }

  private Flight newest() {
    return flights[(oldest + inFlight - 1) % DEPTH];
  }

  private static void await(Event event) {
    while (!waitFor(event, Long.MAX_VALUE)) {
      Thread.onSpinWait();
    }
  }

  // Most steps end within the time that waking a parked thread takes.
  private static boolean waitFor(Event event, long timeoutNanos) {
    long start = System.nanoTime();
    while (!event.isDone()) {
      long waited = System.nanoTime() - start;
      if (waited >= timeoutNanos) {
        return false;
      }
      if (waited < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PARK_NANOS);
      }
    }
    return true;
  }

  @Override
  public void close() {
    assert Thread.currentThread() == owner : "the executor belongs to " + owner;
    if (state != State.CLOSED) {
      state = State.CLOSED;
      adapters.close();
      forward.close();
      context.close();
    }
  }

  private void fail(Flight flight, Throwable thrown) {
    LOG.log(Level.ERROR, "step " + flight.step.id + " failed", thrown);
    flight.failure =
        thrown instanceof Error || thrown instanceof CudaException
            ? new Lost(thrown.toString())
            : new StepFailed(flight.step.id, thrown.toString());
  }

  private void requireLive() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "the executor belongs to " + owner + ". Given: " + Thread.currentThread());
    }
    if (state == State.LOST || state == State.CLOSED) {
      throw outOfOrder();
    }
  }

  private IllegalStateException outOfOrder() {
    return new IllegalStateException(
        "this call is out of order: the executor is %s, %d steps are in flight"
            .formatted(state, inFlight));
  }
}
