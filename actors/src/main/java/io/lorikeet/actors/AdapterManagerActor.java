package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.Transfers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Owns adapters outside the device: names, rights, generations, leases, images on the host, loads.
 * A shell around {@link AdapterBook}; all I/O runs on the loads' dispatcher.
 */
final class AdapterManagerActor extends AbstractMatchingBehavior<AdapterManagerActor.Command> {
  sealed interface Command {}

  /** A request wants a lease; it is watched, and its leases die with it. */
  record Resolve(String principal, String name, ActorRef<Resolution> holder) implements Command {}

  /**
   * A request wants a lease on a merge of adapters, all of which its principal must have a right
   * to. The lease has the names, divided by commas, as its name; a refusal has the name of the
   * adapter that is the reason, or all of them.
   */
  record ResolveMerge(String principal, Recipe<String> recipe, ActorRef<Resolution> holder)
      implements Command {}

  /** What needs the numbers of adapters. */
  sealed interface Numbering extends Command {}

  /** A request knows adapters by number; answered with Named or Refused. */
  record NamesOf(List<Integer> numbers, ActorRef<Resolution> replyTo) implements Numbering {}

  record Release(ActorRef<Resolution> holder, long leaseId) implements Command {}

  /** A slot of this executor waits for an image. */
  record Page(GenerationId generation, Device device) implements Command {}

  /** A bound slot waits for this image to be on the device. */
  record Carry(GenerationId generation, Transfers.Ticket ticket, Device device)
      implements Command {}

  /** The generation has no slot any more. */
  record Unpaged(GenerationId generation, long epoch) implements Command {}

  /** No slot of this executor can be given up. */
  record NoRoom(long epoch) implements Command {}

  /** There is another executor, whose slots are empty. */
  record DeviceReplaced(long epoch) implements Command {}

  /**
   * The source has this name no more. Answered when nobody has a lease of the name, or at the
   * deadline.
   */
  record Unload(String name, long deadline, ActorRef<AdapterChange> replyTo) implements Command {}

  /** Asks for all adapters that can be asked for. */
  record ListAdapters(ActorRef<Adapters> replyTo) implements Command {}

  record Adapters(List<Engine.AdapterStatus> adapters) {}

  /** Asks for the numbers of all adapters. */
  record NumberAdapters(ActorRef<Numbered> replyTo) implements Numbering {}

  record Numbered(List<Engine.NumberedAdapter> adapters) {}

  /** Answers to {@link Resolve}, {@link ResolveMerge} and {@link NamesOf}. */
  sealed interface Resolution extends RequestActor.Command {
    record Granted(Lease lease) implements Resolution {}

    /** In the order of the numbers. */
    record Named(List<String> names) implements Resolution {}

    /** No lease on, or no name of, what was asked for. */
    record Refused(String name, ErrorCode code, String message) implements Resolution {}
  }

  /**
   * An executor as the manager sees it.
   *
   * @param epoch counts executors
   */
  record Device(long epoch, Transfers transfers, ActorRef<BatchingActor.Command> batching) {}

  // Answers of the tasks that run elsewhere.

  record LookedUp(long id, Optional<Stamp> stamp) implements Command {}

  record LookUpFailed(long id, Failure failure) implements Command {}

  record Copied(long id, Stamp stamp, Copy copy) implements Command {}

  record Read(long id, AdapterImage image) implements Command {}

  record LoadFailed(long id, Failure failure) implements Command {}

  record Staged(GenerationId generation, long epoch, Transfers.Ticket ticket) implements Command {}

  record StageFailed(GenerationId generation, long epoch, Failure failure) implements Command {}

  record Carried(GenerationId generation, long epoch) implements Command {}

  record CarryFailed(GenerationId generation, long epoch, Failure failure) implements Command {}

  record Listed(List<String> names, ActorRef<Adapters> replyTo) implements Command {}

  record Found(List<String> names) implements Command {}

  record NotFound(Failure failure) implements Command {}

  private record HolderGone(ActorRef<Resolution> holder) implements Command {}

  private enum Timer implements Command {
    ADVANCE,
    PRESENCE
  }

  /**
   * What the actor needs; outlives its restarts.
   *
   * @param numbers of adapters
   * @param rights whether a principal may use an adapter
   * @param clock nanoseconds
   */
  record Parts(
      AdapterSettings settings,
      AdapterSource source,
      AdapterNumbers numbers,
      BiPredicate<String, String> rights,
      EngineMetrics metrics,
      LongSupplier clock) {}

  private final Parts parts;
  private final TimerScheduler<Command> timers;
  private final AdapterTasks tasks;
  private final AdapterBook<ActorRef<Resolution>> book;
  // What waits for the names that are being looked for.
  private final List<Numbering> unnumbered = new ArrayList<>();
  private final List<Unload> unloads = new ArrayList<>();
  private Optional<Device> device = Optional.empty();
  private long wakeNanos; // what the timer waits for while it is active

  private AdapterManagerActor(
      ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.tasks = new AdapterTasks(context, parts.source(), () -> device);
    this.book = new AdapterBook<>(parts.settings(), tasks);
    timers.startTimerWithFixedDelay(Timer.PRESENCE, Duration.ofSeconds(1));
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new AdapterManagerActor(context, timers, parts)));
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    long now = parts.clock().getAsLong();
    switch (message) {
      case Resolve resolve -> resolve(resolve, now);
      case ResolveMerge resolve -> resolve(resolve, now);
      case NamesOf names -> name(names);
      case NumberAdapters ask -> find(ask);
      case Found(var names) -> found(names);
      case NotFound(Failure failure) -> notFound(failure);
      case Release(var holder, long leaseId) -> book.release(holder, leaseId);
      case HolderGone(var holder) -> book.holderGone(holder);
      case Page(GenerationId generation, Device from) -> {
        device = Optional.of(from);
        book.page(generation, from.epoch(), now);
      }
      case Carry(GenerationId generation, Transfers.Ticket ticket, Device to) ->
          tasks.carry(generation, ticket, to);
      case Carried(GenerationId generation, long epoch) ->
          tasks.tellBatching(new BatchingActor.AdapterCarried(generation, epoch));
      case CarryFailed(GenerationId generation, long epoch, Failure failure) ->
          tasks.pageFailed(generation, epoch, failure.code(), failure.message());
      case Unpaged(GenerationId generation, long epoch) -> book.unpaged(generation, epoch, now);
      case DeviceReplaced(long epoch) -> book.deviceReplaced(epoch, now);
      case NoRoom(long epoch) -> book.noRoom(epoch, now);
      case LookedUp(long id, var stamp) -> book.lookedUp(id, stamp, Optional.empty(), now);
      case LookUpFailed(long id, Failure failure) ->
          book.lookedUp(id, Optional.empty(), Optional.of(failure), now);
      case Copied(long id, Stamp stamp, Copy copy) -> book.copied(id, stamp, copy, now);
      case Read(long id, AdapterImage image) -> book.read(id, image, now);
      case LoadFailed(long id, Failure failure) -> book.failed(id, failure, now);
      case Staged(GenerationId generation, long epoch, Transfers.Ticket ticket) -> {
        if (book.staged(generation, epoch, Optional.empty())) {
          tasks.tellBatching(new BatchingActor.AdapterReady(generation, epoch, ticket));
        }
      }
      case StageFailed(GenerationId generation, long epoch, Failure failure) ->
          book.staged(generation, epoch, Optional.of(failure));
      case Unload unload -> {
        book.unload(unload.name(), now);
        unloads.add(unload);
      }
      case ListAdapters(var replyTo) -> tasks.list(replyTo);
      case Listed(var names, var replyTo) -> list(names, replyTo);
      case Timer.ADVANCE -> book.advance(now);
      case Timer.PRESENCE -> parts.metrics().adapters(book.presence());
    }
    answerUnloads(now);
    wake(now);
    return this;
  }

  @Override
  public Behavior<Command> onSignal(Signal signal) {
    if (signal instanceof PreRestart) {
      book.failAll(new Failure(ErrorCode.INTERNAL, "the adapter manager failed", false));
      unloads.forEach(unload ->
          unload
              .replyTo()
              .tell(new AdapterChange.Unloaded(unload.name(), book.leases(unload.name()))));
    }
    return this;
  }

  private void resolve(Resolve resolve, long now) {
    getContext().watchWith(resolve.holder(), new HolderGone(resolve.holder()));
    if (isAllowed(resolve.principal(), resolve.name(), resolve.holder())) {
      book.resolve(resolve.holder(), resolve.name(), now);
    }
  }

  private void resolve(ResolveMerge resolve, long now) {
    getContext().watchWith(resolve.holder(), new HolderGone(resolve.holder()));
    for (String name : resolve.recipe().adapters()) {
      if (!isAllowed(resolve.principal(), name, resolve.holder())) {
        return;
      }
    }
    book.resolve(resolve.holder(), resolve.recipe(), now);
  }

  /** Refuses where the principal has no right. */
  private boolean isAllowed(String principal, String name, ActorRef<Resolution> holder) {
    boolean allowed = parts.rights().test(principal, name);
    if (!allowed) {
      refuse(
          holder, name, ErrorCode.ADAPTER_FORBIDDEN, "this adapter is for others. Given: " + name);
    }
    return allowed;
  }

  private static void refuse(
      ActorRef<Resolution> holder, String name, ErrorCode code, String message) {
    holder.tell(new Resolution.Refused(name, code, message));
  }

  private void name(NamesOf wanted) {
    if (wanted.numbers().stream().allMatch(number -> parts.numbers().name(number).isPresent())) {
      answer(wanted);
    } else {
      find(wanted);
    }
  }

  // One search answers all who came until it ended: whoever knows a number had it from an earlier
  // one.
  private void find(Numbering waiting) {
    unnumbered.add(waiting);
    if (unnumbered.size() == 1) {
      tasks.find();
    }
  }

  private void found(List<String> found) {
    TreeSet<String> names = new TreeSet<>(found);
    names.addAll(book.names());
    parts.numbers().learn(names);
    for (Numbering waiting : takeUnnumbered()) {
      switch (waiting) {
        case NamesOf wanted -> answer(wanted);
        case NumberAdapters(var replyTo) -> replyTo.tell(new Numbered(parts.numbers().of(names)));
      }
    }
  }

  private void notFound(Failure failure) {
    getContext().getLog().warn("adapter folders can't be listed: {}", failure.message());
    for (Numbering waiting : takeUnnumbered()) {
      switch (waiting) {
        case NamesOf(var numbers, var replyTo) ->
            refuse(replyTo, numbers.toString(), failure.code(), failure.message());
        case NumberAdapters(var replyTo) ->
            replyTo.tell(new Numbered(parts.numbers().of(book.names())));
      }
    }
  }

  private List<Numbering> takeUnnumbered() {
    List<Numbering> taken = List.copyOf(unnumbered);
    unnumbered.clear();
    return taken;
  }

  private void answer(NamesOf wanted) {
    List<String> names = new ArrayList<>();
    for (int number : wanted.numbers()) {
      Optional<String> name = parts.numbers().name(number);
      if (name.isEmpty()) {
        refuse(
            wanted.replyTo(),
            "" + number,
            ErrorCode.ADAPTER_NOT_FOUND,
            "there is no adapter of this number. Given: " + number);
        return;
      }
      names.add(name.get());
    }
    wanted.replyTo().tell(new Resolution.Named(names));
  }

  private void list(List<String> found, ActorRef<Adapters> replyTo) {
    TreeSet<String> names = new TreeSet<>(found);
    names.addAll(book.names());
    replyTo.tell(new Adapters(names.stream().map(book::status).toList()));
  }

  private void answerUnloads(long now) {
    unloads.removeIf(unload -> {
      int leases = book.leases(unload.name());
      boolean over = leases == 0 || now - unload.deadline() >= 0;
      if (over) {
        unload.replyTo().tell(new AdapterChange.Unloaded(unload.name(), leases));
      }
      return over;
    });
  }

  private void wake(long now) {
    OptionalLong next =
        LongStream.concat(
                book.nextWakeNanos().stream(), unloads.stream().mapToLong(Unload::deadline))
            .min();
    if (next.isEmpty()) {
      timers.cancel(Timer.ADVANCE);
    } else if (!timers.isTimerActive(Timer.ADVANCE) || next.getAsLong() < wakeNanos) {
      wakeNanos = next.getAsLong();
      timers.startSingleTimer(
          Timer.ADVANCE, Duration.ofNanos(Math.max(1_000_000, wakeNanos - now)));
    }
  }
}
