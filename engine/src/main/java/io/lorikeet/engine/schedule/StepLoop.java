package io.lorikeet.engine.schedule;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.StepReport.Outcome;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.Transfers;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Runs sequences on one executor, step by step. Confined to one thread, the executor's; starts
 * nothing and reads no clock: times are nanoseconds on any monotonic scale. The loop owns the
 * executor and closes it when it is lost or when everything is ended with {@link #fail}.
 *
 * <p>The owner calls {@link #step} while {@link #hasWork} says so, and otherwise after the next
 * event or at {@link #nextWakeNanos}.
 */
public final class StepLoop {
  private final ScheduleSettings settings;
  private final LoopEvents events;
  private final Counts counts = new Counts();
  private final FairShare fair;
  private final FaultIsolation isolation = new FaultIsolation();
  private final Losses losses;
  private final Roster roster;
  private final Timers timers;
  private final Planner planner;
  private final Admission admission;
  private final Commit commit;
  private final Gate gate;
  private List<GenerationId> residents = List.of(); // of a lost executor
  private Device device;
  private boolean lost;
  private boolean stirred; // something changed since the last step that may give work
  private long nowNanos;

  public StepLoop(Executor executor, ScheduleSettings settings, LoopEvents events) {
    this.settings = settings;
    this.events = events;
    long passedOverNanos = settings.passedOver().toNanos();
    device = new Device(executor, events, settings.adaptersMax(), 0);
    StepBudget budget = budget();
    fair = new FairShare(settings);
    losses = new Losses(settings.rebuildsPerHour());
    roster = new Roster(device, fair, new WaitingQueue(fair, passedOverNanos), events, counts);
    timers = new Timers(roster, settings);
    planner = new Planner(roster, isolation, counts, device, budget);
    admission = new Admission(roster, planner, device, passedOverNanos, settings.pagesAhead());
    commit = new Commit(roster, fair, isolation, timers, events, counts, device, budget);
    gate = new Gate(settings.waitingMax(), settings.adaptersMax());
  }

  /** Takes a sequence; it may end at once, rejected. */
  public void submit(SequenceRequest request, long now) {
    if (roster.find(request.id()) != null) {
      throw new IllegalArgumentException("`id` must be unique. Given: " + request.id());
    }
    Optional<EndReason> refusal = gate.refuse(request, device, roster.queue.waiting());
    if (refusal.isPresent()) {
      counts.ended++;
      events.ended(request.id(), refusal.get(), new Usage(request.promptIds().length, 0, 0));
      return;
    }
    timers.watch(roster.add(request, now));
    stirred = true;
  }

  /** Ends a sequence now; its blocks, seat and slot are free once no step in flight uses them. */
  public void cancel(long id) {
    Sequence sequence = roster.find(id);
    if (sequence != null) {
      roster.end(sequence, new EndReason.Cancelled());
      stirred = true;
    }
  }

  /** So many more tokens may be drawn. */
  public void credit(long id, int tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException("`tokens` must be >= 0. Given: " + tokens);
    }
    Sequence sequence = roster.find(id);
    if (sequence != null) {
      sequence.credit = (int) Math.min(Integer.MAX_VALUE, (long) sequence.credit + tokens);
      stirred = true;
    }
  }

  /**
   * The image that {@link LoopEvents#page} asked for is there. Not asked for: nothing. A ticket of
   * an executor that was lost must not be passed on.
   */
  public void adapterReady(GenerationId generation, Transfers.Ticket ticket) {
    AdapterImage image = ticket.image();
    if (!device.slots.ready(generation, ticket)) {
      EndReason reason =
          AdapterCheck.tooLarge("the adapter has", ticket.bytes(), device.info.adapterBytes());
      roster.endWaiting(composition -> composition.contains(generation), reason);
      events.unpaged(generation);
    } else if (!image.composes()) {
      roster.endWaiting(
          composition -> composition.contains(generation) && !composition.isPlain(),
          AdapterCheck.notComposable(image));
    }
    stirred = true;
  }

  /**
   * The image that {@link LoopEvents#carry} asked for is on the device. Not asked for: nothing. A
   * ticket of an executor that was lost must not be passed on.
   */
  public void adapterCarried(GenerationId generation) {
    if (device.slots.carried(generation)) {
      stirred = true;
    }
  }

  /** The image does not come: those that wait for it end. */
  public void adapterFailed(GenerationId generation, ErrorCode code, String message) {
    if (device.slots.failed(generation)) {
      roster.endWaiting(
          composition -> composition.contains(generation), new EndReason.Failed(code, message));
      stirred = true;
    }
  }

  /**
   * Gives up the slot of an adapter that no sequence uses or waits for, so that its image may leave
   * the host: {@link LoopEvents#unpaged} follows. False: every slot is in use or empty.
   */
  public boolean dropIdleAdapter() {
    return !lost && device.slots.dropIdle(roster.queue.scan());
  }

  /** One turn. Waits for a device at most as long as the settings say. */
  public StepReport step(long now) {
    nowNanos = now;
    timers.expire(now);
    Outcome outcome = lost ? new StepReport.Idle() : turn();
    stirred = counts.anything() || !(outcome instanceof StepReport.Idle);
    assert lost || device.balanced(roster.running);
    return counts.report(outcome);
  }

  private Outcome turn() {
    admission.admit(nowNanos);
    fillPipeline();
    if (device.pipeline.inFlight() == 0) {
      return new StepReport.Idle();
    }
    return switch (device.pipeline.take(settings.takeWait().toNanos())) {
      case TakeResult.Done done -> commit.done(done, nowNanos);
      case TakeResult.Pending pending -> new StepReport.Pending();
      case TakeResult.StepFailed failed -> commit.failed(failed);
      case TakeResult.Lost gone -> lose(gone.reason());
    };
  }

  private void fillPipeline() {
    while (device.pipeline.hasRoom()) {
      List<Sequence> picked = planner.plan(nowNanos);
      if (picked.isEmpty()) {
        return;
      }
      Flight flight = device.pipeline.submit(picked);
      device.slots.used(flight.step);
      counts.sampleRows += flight.drawing;
      counts.prefillRows += flight.step.rows - flight.drawing;
    }
  }

  private Outcome lose(String reason) {
    lost = true;
    device.close();
    roster.strand(nowNanos);
    isolation.clear();
    residents = device.slots.drop();
    return new StepReport.Lost(reason, losses.bearable(nowNanos));
  }

  /** Whether another {@link #step} should follow at once. */
  public boolean hasWork() {
    return !lost && (stirred || device.pipeline.inFlight() > 0);
  }

  /** When {@link #step} must be called although nothing happens; empty: never. */
  public OptionalLong nextWakeNanos() {
    return timers.next(nowNanos);
  }

  /**
   * Goes on with another executor after {@link StepReport.Lost}: all sequences are computed anew
   * from their tokens, and adapters are asked for again.
   */
  public void rebuilt(Executor fresh, long now) {
    if (!lost || gate.closed()) {
      throw new IllegalStateException("only a lost executor is replaced");
    }
    nowNanos = now;
    device = new Device(fresh, events, settings.adaptersMax(), device.pipeline.submitted());
    StepBudget unmeasured = budget();
    roster.moveTo(device);
    planner.moveTo(device, unmeasured);
    commit.moveTo(device, unmeasured);
    admission.moveTo(device, residents);
    lost = false;
    stirred = true;
    endThoseThatFitNoMore();
  }

  private void endThoseThatFitNoMore() {
    for (Sequence sequence : roster.snapshot()) {
      gate.misfit(sequence.request, device)
          .map(misfit -> new EndReason.Failed(ErrorCode.EXECUTOR_LOST, misfit.message()))
          .ifPresent(reason -> roster.end(sequence, reason));
    }
  }

  /** Ends everything and closes the executor; whatever is submitted later is rejected. */
  public void fail(ErrorCode code, String message) {
    gate.close(code, message);
    if (!lost) {
      lost = true;
      device.close();
      device.slots.drop();
    }
    for (Sequence sequence : roster.snapshot()) {
      boolean ran = sequence.phase != Sequence.Phase.WAITING;
      roster.end(
          sequence,
          ran ? new EndReason.Failed(code, message) : new EndReason.Rejected(code, message));
    }
  }

  /** Counts as of now. */
  public LoopState state() {
    int waitingAdapter = 0;
    int withoutCredit = 0;
    for (Sequence sequence : roster.all()) {
      boolean waits = sequence.phase == Sequence.Phase.WAITING;
      waitingAdapter += waits && !device.slots.resident(sequence.composition()) ? 1 : 0;
      withoutCredit += sequence.credit == 0 ? 1 : 0;
    }
    return new LoopState(
        roster.running.size(),
        roster.queue.waiting(),
        roster.queue.preempted(),
        waitingAdapter,
        withoutCredit,
        device.blocks.total(),
        device.blocks.free(),
        device.blocks.used(),
        device.blocks.retiring(),
        device.seats.total(),
        device.slots.total(),
        lost ? 0 : device.slots.count(Slot.State.RESIDENT),
        lost ? 0 : device.slots.paging(),
        device.pipeline.inFlight(),
        lost);
  }

  /** What the executor is; the last one's while it is lost. */
  public ExecutorInfo info() {
    return device.info;
  }

  private StepBudget budget() {
    return new StepBudget(
        settings.stepBudget().toNanos(), settings.prefillBudget().toNanos(), device.info.rowsMax());
  }
}
