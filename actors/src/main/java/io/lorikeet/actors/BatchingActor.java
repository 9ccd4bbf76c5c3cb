package io.lorikeet.actors;

import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.LoopEvents;
import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.schedule.SequenceRequest;
import io.lorikeet.engine.schedule.StepLoop;
import io.lorikeet.engine.schedule.StepReport;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.schedule.Usage;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.Transfers;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Owns the executor and its step loop, on a thread of its own. Between two steps the mailbox is
 * drained: a step is a message to itself, at most one of which is on the way. Watches everybody who
 * submitted a sequence; those of the dead are cancelled.
 */
final class BatchingActor extends AbstractMatchingBehavior<BatchingActor.Command> {
  sealed interface Command {}

  record Submit(SequenceRequest request, ActorRef<SequenceEvent> receiver) implements Command {}

  record Cancel(long id) implements Command {}

  /** The receiver took so many tokens. */
  record Credit(long id, int tokens) implements Command {}

  record AdapterReady(GenerationId generation, long epoch, Transfers.Ticket ticket)
      implements Command {}

  record AdapterCarried(GenerationId generation, long epoch) implements Command {}

  record AdapterFailed(GenerationId generation, long epoch, ErrorCode code, String message)
      implements Command {}

  /** Images on the host need room: a slot that nobody uses should be given up. */
  record MakeRoom(long epoch) implements Command {}

  private record ReceiverGone(ActorRef<SequenceEvent> receiver) implements Command {}

  private enum Turn implements Command {
    STEP,
    WAKE
  }

  /** What came of opening the executor. */
  sealed interface Opening {
    record Opened(ExecutorInfo info) implements Opening {}

    record Failed(RuntimeException reason) implements Opening {}
  }

  /**
   * What the actor needs; outlives its restarts.
   *
   * @param executors opens an executor, on the thread that will use it
   * @param epochs counts executors over restarts
   * @param clock nanoseconds
   */
  record Parts(
      Supplier<Executor> executors,
      ScheduleSettings settings,
      Health health,
      EngineMetrics metrics,
      LongSupplier clock,
      AtomicLong epochs,
      ActorRef<AdapterManagerActor.Command> adapters,
      ActorRef<? super Opening> opening) {}

  private final Parts parts;
  private final TimerScheduler<Command> timers;
  private final Receivers<ActorRef<SequenceEvent>> receivers = new Receivers<>();
  private Executor executor;
  private final StepLoop loop;
  private AdapterManagerActor.Device device;
  private boolean stepQueued;
  private boolean open = true;

  private BatchingActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Parts parts,
      Executor executor) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.executor = executor;
    this.loop = new StepLoop(executor, settings(), new Teller());
    this.device = device(executor);
  }

  // The router counts what runs and waits together, and refuses before anything is done; so nothing
  // that it accepted may be refused here.
  private ScheduleSettings settings() {
    ScheduleSettings given = parts.settings();
    return new ScheduleSettings(
        given.waitingMax() + executor.info().seats(),
        given.queueWait(),
        given.stepBudget(),
        given.prefillBudget(),
        given.withoutCredit(),
        given.passedOver(),
        given.pagesAhead(),
        given.adaptersMax(),
        given.rebuildsPerHour(),
        given.takeWait(),
        given.weights());
  }

  /** Stops at once when no executor can be opened, and says so. */
  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> {
          Executor executor;
          try {
            executor = parts.executors().get();
          } catch (RuntimeException e) {
            parts.health().broken("the executor can't be opened: " + e.getMessage());
            parts.opening().tell(new Opening.Failed(e));
            return Behaviors.stopped();
          }
          BatchingActor actor = new BatchingActor(context, timers, parts, executor);
          parts.opening().tell(new Opening.Opened(executor.info()));
          actor.report();
          return actor;
        }));
  }

  private AdapterManagerActor.Device device(Executor opened) {
    long epoch = parts.epochs().incrementAndGet();
    parts.adapters().tell(new AdapterManagerActor.DeviceReplaced(epoch));
    return new AdapterManagerActor.Device(epoch, opened.transfers(), getContext().getSelf());
  }

  /** A failure of the loop ends everything that it ran; supervision starts it anew. */
  @Override
  public Behavior<Command> onMessage(Command message) {
    try {
      return on(message);
    } catch (RuntimeException | AssertionError e) {
      parts.health().broken("the step loop failed");
      end(new EndReason.Failed(ErrorCode.INTERNAL, "the step loop failed"));
      throw e;
    }
  }

  private Behavior<Command> on(Command message) {
    switch (message) {
      case Submit(SequenceRequest request, var receiver) -> submit(request, receiver);
      case Cancel(long id) -> loop.cancel(id);
      case Credit(long id, int tokens) -> loop.credit(id, tokens);
      case AdapterReady(GenerationId generation, long epoch, Transfers.Ticket ticket) -> {
        if (epoch == device.epoch()) {
          loop.adapterReady(generation, ticket);
        }
      }
      case AdapterCarried(GenerationId generation, long epoch) -> {
        if (epoch == device.epoch()) {
          loop.adapterCarried(generation);
        }
      }
      case AdapterFailed(GenerationId generation, long epoch, ErrorCode code, String text) -> {
        if (epoch == device.epoch()) {
          loop.adapterFailed(generation, code, text);
        }
      }
      case MakeRoom(long epoch) -> {
        if (epoch == device.epoch() && !loop.dropIdleAdapter()) {
          parts.adapters().tell(new AdapterManagerActor.NoRoom(epoch));
        }
      }
      case ReceiverGone(var receiver) -> receivers.sequencesOf(receiver).forEach(loop::cancel);
      case Turn.STEP -> {
        stepQueued = false;
        return step();
      }
      case Turn.WAKE -> {
        return step();
      }
    }
    return next();
  }

  private void submit(SequenceRequest request, ActorRef<SequenceEvent> receiver) {
    if (receivers.add(request.id(), receiver)) {
      getContext().watchWith(receiver, new ReceiverGone(receiver));
    }
    loop.submit(request, parts.clock().getAsLong());
  }

  private Behavior<Command> step() {
    StepReport report = loop.step(parts.clock().getAsLong());
    report();
    parts.metrics().step(report);
    return switch (report.outcome()) {
      case StepReport.Lost lost -> {
        open = false;
        yield lost.rebuild() ? rebuild(lost.reason()) : giveUp(lost.reason());
      }
      case StepReport.StepFailed failed -> {
        getContext().getLog().warn("step {} failed: {}", failed.stepId(), failed.reason());
        yield next();
      }
      case StepReport.Idle _, StepReport.Pending _, StepReport.Done _ -> next();
    };
  }

  /** Plans the next turn: at once while there is work, else when something becomes due. */
  private Behavior<Command> next() {
    if (loop.hasWork()) {
      parts.health().busy(parts.clock().getAsLong());
      if (!stepQueued) {
        stepQueued = true;
        getContext().getSelf().tell(Turn.STEP);
      }
      return this;
    }
    OptionalLong wake = loop.nextWakeNanos();
    if (wake.isPresent()) {
      long pause = Math.max(1_000_000, wake.getAsLong() - parts.clock().getAsLong());
      timers.startSingleTimer(Turn.WAKE, Duration.ofNanos(pause));
    } else {
      timers.cancel(Turn.WAKE);
    }
    return this;
  }

  private void report() {
    long now = parts.clock().getAsLong();
    LoopState state = loop.state();
    parts.health().step(state, loop.hasWork(), now);
    parts.metrics().loop(state);
  }

  private Behavior<Command> rebuild(String reason) {
    getContext().getLog().warn("the executor is lost and built anew: {}", reason);
    parts.health().broken("the executor is being rebuilt: " + reason);
    try {
      executor = parts.executors().get();
    } catch (RuntimeException e) {
      getContext().getLog().error("the executor can't be built anew", e);
      return giveUp(reason);
    }
    open = true;
    device = device(executor);
    loop.rebuilt(executor, parts.clock().getAsLong());
    report();
    return next();
  }

  private Behavior<Command> giveUp(String reason) {
    getContext().getLog().error("the executor is lost for good: {}", reason);
    parts.health().broken("the executor is lost: " + reason);
    loop.fail(ErrorCode.EXECUTOR_LOST, "the executor is lost: " + reason);
    return Behaviors.stopped();
  }

  @Override
  public Behavior<Command> onSignal(Signal signal) {
    if (signal instanceof PostStop) {
      end(new EndReason.Failed(ErrorCode.SHUTTING_DOWN, "the server is shutting down"));
    }
    return this;
  }

  /** Nobody is left without an end, whatever became of the loop. */
  private void end(EndReason reason) {
    receivers.drain((id, receiver) -> receiver.tell(new SequenceEvent.Ended(id, reason)));
    if (open) {
      open = false;
      executor.close();
    }
  }

  /** Passes on what the loop says. */
  private final class Teller implements LoopEvents {
    @Override
    public void tokens(long id, List<TokenOut> tokens) {
      receivers.of(id).ifPresent(r -> r.tell(new SequenceEvent.Tokens(id, tokens)));
    }

    @Override
    public void scored(long id, List<TokenOut> tokens) {
      receivers.of(id).ifPresent(r -> r.tell(new SequenceEvent.Scores(id, tokens)));
    }

    @Override
    public void pooled(long id, float[] vector) {
      receivers.of(id).ifPresent(r -> r.tell(new SequenceEvent.Pooled(id, vector)));
    }

    @Override
    public void ended(long id, EndReason reason, Usage usage) {
      receivers.of(id).ifPresent(r -> r.tell(new SequenceEvent.Ended(id, reason)));
      receivers.remove(id).ifPresent(r -> getContext().unwatch(r));
    }

    @Override
    public void page(GenerationId generation) {
      parts.adapters().tell(new AdapterManagerActor.Page(generation, device));
    }

    @Override
    public void carry(GenerationId generation, Transfers.Ticket ticket) {
      parts.adapters().tell(new AdapterManagerActor.Carry(generation, ticket, device));
    }

    @Override
    public void unpaged(GenerationId generation) {
      parts.adapters().tell(new AdapterManagerActor.Unpaged(generation, device.epoch()));
    }
  }
}
