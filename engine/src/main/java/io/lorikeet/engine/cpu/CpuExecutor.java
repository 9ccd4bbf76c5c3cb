package io.lorikeet.engine.cpu;

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
import io.lorikeet.engine.step.WeightTypes;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import java.lang.System.Logger.Level;

/**
 * Runs steps on the CPU, in the calling thread and its workers: {@code submit} and {@code sample}
 * return when the work is done. One step is in flight.
 *
 * <p>An exception within a step becomes {@link StepFailed}; the executor lives on. An error, such
 * as a lack of memory or a broken assertion, becomes {@link Lost}. Calls out of order or from
 * another thread are the caller's faults and throw.
 */
final class CpuExecutor implements Executor {
  private static final System.Logger LOG = System.getLogger(CpuExecutor.class.getName());
  private static final Pending PENDING = new Pending();

  private enum State {
    IDLE,
    SUBMITTED,
    FINISHED,
    LOST,
    CLOSED
  }

  private final Thread owner = Thread.currentThread();
  private final CpuTransfers transfers;
  private final WorkerPool pool;
  private final BaseWeights base;
  private final KvCache kv;
  private final Seats seats;
  private final Slots slots;
  private final ForwardPass forward;
  private final RowSampling sampling;
  private final ExecutorInfo info;
  private State state = State.IDLE;
  private Step step = new Step(1, 1, 1);
  private TakeResult outcome = PENDING;
  private long elapsedNanos;

  private CpuExecutor(
      LoadedModel model, EngineSettings settings, Kernels kernels, MemoryPlan memory) {
    int rowsMax = settings.rowsMax();
    int contextMax = memory.contextMax(model.spec());
    transfers = new CpuTransfers(model.spec());
    seats = new Seats(settings.seats());
    slots = new Slots(settings.slots());
    StepRows rows = new StepRows(model.spec(), seats, rowsMax, memory.kvBlocks(), contextMax);
    kv = new KvCache(model.spec(), memory.kvBlocks());
    pool = new WorkerPool(threads(settings), partsOfWorker(model.spec()));
    base = baseWeights(model, settings, kernels, pool);
    forward = new ForwardPass(kernels, pool, model, base, kv, rows, slots, rowsMax);
    sampling =
        new RowSampling(kernels, pool, rows, seats, forward.logits(), forward.hidden(), rowsMax);
    info =
        new ExecutorInfo(
            CpuExecutorProvider.DEVICE,
            kernels.name(),
            "f32-kv/" + WeightTypes.of(model, settings),
            1,
            memory.kvBlocks(),
            KvHead.TOKENS,
            rowsMax,
            settings.slots(),
            settings.seats(),
            model.spec().vocab(),
            model.spec().hidden(),
            contextMax,
            memory.kvBlockBytes(),
            memory.adapterBytes());
  }

  /**
   * Takes memory and threads, and warms up.
   *
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_MEMORY_EXCEEDED
   */
  static CpuExecutor open(LoadedModel model, EngineSettings settings, Kernels kernels) {
    CpuExecutor executor = openCold(model, settings, kernels);
    try {
      new WarmUp(executor, model.spec()).run();
    } catch (RuntimeException | Error thrown) {
      executor.close();
      throw thrown;
    }
    return executor;
  }

  /** As {@link #open}, without the warm-up: the first steps are slow. */
  static CpuExecutor openCold(LoadedModel model, EngineSettings settings, Kernels kernels) {
    MemoryPlan memory = MemoryPlan.of(model, settings, FreeMemory.bytes());
    return new CpuExecutor(model, settings, kernels, memory);
  }

  private static BaseWeights baseWeights(
      LoadedModel model, EngineSettings settings, Kernels kernels, WorkerPool pool) {
    try {
      return new BaseWeights(model, settings, kernels, pool, FreeMemory.bytes());
    } catch (RuntimeException | Error thrown) {
      pool.close();
      throw thrown;
    }
  }

  private static int threads(EngineSettings settings) {
    return settings.threads() == 0
        ? Runtime.getRuntime().availableProcessors()
        : settings.threads();
  }

  // In a narrow model a part of a part takes less time than to hand it out.
  private static int partsOfWorker(DecoderSpec spec) {
    return spec.hidden() < 1024 ? 1 : 4;
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
    switch (binding) {
      case Binding.BindSlot b -> slots.bind(b.slot(), staged(b.ticket()).adapter());
      case Binding.FreeSlot f -> slots.free(f.slot());
      case Binding.BindSeat b -> seats.bind(b.seat(), b.sampling(), b.tokens());
      case Binding.FreeSeat f -> seats.free(f.seat());
    }
  }

  @Override
  public void submit(Step next) {
    require(State.IDLE);
    step = next;
    outcome = PENDING;
    state = State.SUBMITTED;
    long begin = System.nanoTime();
    try {
      forward.run(next);
    } catch (RuntimeException | Error thrown) {
      fail(thrown);
    }
    elapsedNanos = System.nanoTime() - begin;
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    require(State.SUBMITTED);
    if (stepId != step.id) {
      throw new IllegalStateException("step " + step.id + " is in flight. Given: " + stepId);
    }
    state = State.FINISHED;
    if (!(outcome instanceof Pending)) {
      return;
    }
    long begin = System.nanoTime();
    try {
      var outputs = sampling.run(step);
      outcome = new Done(stepId, outputs, elapsedNanos + System.nanoTime() - begin);
    } catch (RuntimeException | Error thrown) {
      fail(thrown);
    }
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    requireLive();
    TakeResult result = outcome;
    if (!(result instanceof Pending)) {
      outcome = PENDING;
      state = result instanceof Lost ? State.LOST : State.IDLE;
    }
    return result;
  }

  @Override
  public void close() {
    assert Thread.currentThread() == owner : "the executor belongs to " + owner;
    if (state != State.CLOSED) {
      state = State.CLOSED;
      pool.close();
      kv.close();
      base.close();
    }
  }

  /** Forgets what the first {@code count} blocks hold. */
  void clearBlocks(int count) {
    kv.clear(count);
  }

  /** The worker threads, without the engine's. */
  Thread[] workerThreads() {
    return pool.threads();
  }

  private void fail(Throwable thrown) {
    LOG.log(Level.ERROR, "step " + step.id + " failed", thrown);
    outcome =
        thrown instanceof Error
            ? new Lost(thrown.toString())
            : new StepFailed(step.id, thrown.toString());
  }

  private static CpuTransfers.Staged staged(Transfers.Ticket ticket) {
    if (ticket instanceof CpuTransfers.Staged staged) {
      return staged;
    }
    throw new IllegalArgumentException("the ticket is another executor's: " + ticket);
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
