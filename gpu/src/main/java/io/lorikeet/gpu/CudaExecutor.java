package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Lost;
import io.lorikeet.engine.spi.TakeResult.Pending;
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
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jcuda.CudaException;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a GPU: {@code submit} queues the forward pass and returns, {@code take} waits for
 * it and draws tokens on the host. One step is in flight.
 *
 * <p>A step that can't be run becomes {@link StepFailed}; the executor lives on. Whatever the
 * driver refuses once the executor is open becomes {@link Lost}: no call of a step is refused by a
 * device that is well. Calls out of order or from another thread are the caller's faults and throw.
 */
final class CudaExecutor implements Executor {
  private static final System.Logger LOG = System.getLogger(CudaExecutor.class.getName());
  private static final Pending PENDING = new Pending();
  private static final long SPIN_NANOS = 50_000;
  private static final long PARK_NANOS = 20_000;

  private enum State {
    IDLE,
    SUBMITTED,
    SAMPLED,
    LOST,
    CLOSED
  }

  private final Thread owner = Thread.currentThread();
  private final Context context;
  private final Stream stream;
  private final Event done;
  private final PinnedBuffer logits;
  private final PinnedBuffer hidden;
  private final Seats seats;
  private final AdapterTransfers transfers;
  private final AdapterMemory adapters;
  private final StepRows rows;
  private final ForwardPass forward;
  private final RowOutputs outputs;
  private final ExecutorInfo info;
  private State state = State.IDLE;
  private Step step = new Step(1, 1, 1);
  private TakeResult failure = PENDING;
  private @Nullable CudaException refused;
  private long begin;

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
    done = context.event();
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
            Support.joinsMax(spec, settings));
    WeightPlan weights = WeightPlan.of(model.weights(), spec, settings);
    forward = new ForwardPass(model, weights, kernels, rows, limits, adapters, context, stream);
    outputs = new RowOutputs(kernels, rows, seats, logits, spec.vocab(), hidden, spec.hidden());
    info =
        new ExecutorInfo(
            CudaExecutorProvider.DEVICE,
            "cuda-" + forward.path() + "-sm_" + gpu.capability(),
            "cuda/f32-kv/exact/" + WeightTypes.held(model, settings),
            1,
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
    require(State.IDLE);
    step = next;
    failure = PENDING;
    state = State.SUBMITTED;
    begin = System.nanoTime();
    try {
      if (refused != null) {
        throw refused;
      }
      rows.read(next);
      forward.run(next);
      forward.copyLogits(logits);
      forward.copyHidden(hidden);
      stream.record(done);
    } catch (RuntimeException | Error thrown) {
      fail(thrown);
    }
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    require(State.SUBMITTED);
    if (stepId != step.id) {
      throw new IllegalStateException("step " + step.id + " is in flight. Given: " + stepId);
    }
    state = State.SAMPLED;
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    requireLive();
    if (state != State.SAMPLED) {
      return PENDING;
    }
    if (!(failure instanceof Pending)) {
      return finish(failure);
    }
    try {
      if (!waitFor(done, timeoutNanos)) {
        return PENDING;
      }
      List<TakeResult.RowOutput> all = outputs.of(step);
      return finish(new Done(step.id, all, System.nanoTime() - begin));
    } catch (RuntimeException | Error thrown) {
      fail(thrown);
      return finish(failure);
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

  private TakeResult finish(TakeResult result) {
    state = result instanceof Lost ? State.LOST : State.IDLE;
    return result;
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

  private void fail(Throwable thrown) {
    LOG.log(Level.ERROR, "step " + step.id + " failed", thrown);
    failure =
        thrown instanceof Error || thrown instanceof CudaException
            ? new Lost(thrown.toString())
            : new StepFailed(step.id, thrown.toString());
  }

  private void require(State wanted) {
    requireLive();
    if (state != wanted) {
      throw outOfOrder();
    }
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
    return new IllegalStateException("this call is out of order: the executor is " + state);
  }
}
