package io.lorikeet.actors;

import io.lorikeet.actors.AdapterManagerActor.Resolution;
import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.RegisteredSource.Entry;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.peft.AdapterNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Registers and removes adapters' names while the engine runs, one after the other. An adapter is
 * copied and checked before its name stands for it, and then loaded like any other, so that a name
 * never stands for what can't be served.
 */
final class RegistrarActor extends AbstractMatchingBehavior<RegistrarActor.Command> {
  /** Orders that wait; a client that sends more should wait for answers. */
  static final int WAITING_MAX = 64;

  sealed interface Command {}

  /** What a client wants. */
  sealed interface Order extends Command {
    String principal();

    String name();

    ActorRef<AdapterChange> replyTo();
  }

  record Load(AdapterOrder order, ActorRef<AdapterChange> replyTo) implements Order {
    @Override
    public String principal() {
      return order.principal();
    }

    @Override
    public String name() {
      return order.name();
    }
  }

  record Unload(String principal, String name, ActorRef<AdapterChange> replyTo) implements Order {}

  /** The folder was read: it may stand for the name, or does so already. */
  private record Checked(long serial, Optional<Path> folder) implements Command {}

  private record Removed(long serial, boolean known) implements Command {}

  private record Failed(long serial, Failure failure) implements Command {}

  private record Late(long serial) implements Command {}

  private record Resolved(Resolution resolution) implements Command {}

  /** What the actor needs; outlives its restarts. */
  record Parts(
      RegisteredSource source,
      BiPredicate<String, String> rights,
      Duration loadTimeout,
      Duration unloadWait,
      LongSupplier clock,
      ActorRef<AdapterManagerActor.Command> adapters) {}

  private final Parts parts;
  private final TimerScheduler<Command> timers;
  private final Executor blocking;
  private final ActorRef<Resolution> holder;
  private final Queue<Order> waiting = new ArrayDeque<>();
  private Optional<Order> current = Optional.empty();
  // What to take back when the load fails.
  private Optional<Runnable> undo = Optional.empty();
  private long serial;

  private RegistrarActor(
      ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.blocking =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("lorikeet-loads-dispatcher"));
    this.holder = context.messageAdapter(Resolution.class, Resolved::new);
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new RegistrarActor(context, timers, parts)));
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    switch (message) {
      case Order order -> take(order);
      case Checked(long id, var folder) when id == serial -> checked(folder);
      case Removed(long id, boolean known) when id == serial -> removed(known);
      case Failed(long id, Failure failure) when id == serial -> refuse(failure);
      case Late(long id) when id == serial -> refuse(tooSlow());
      case Resolved(Resolution.Granted(var lease)) -> {
        parts.adapters().tell(new AdapterManagerActor.Release(holder, lease.id()));
        undo = Optional.empty();
        end(new AdapterChange.Loaded(lease.name(), lease.generation().hash()));
      }
      case Resolved(Resolution.Refused(_, ErrorCode code, String text)) -> {
        undo.ifPresent(Runnable::run);
        undo = Optional.empty();
        end(new AdapterChange.Refused(code, text));
      }
      case Resolved(Resolution.Named _) ->
          throw new IllegalStateException("nobody asked for names");
      case Checked _, Removed _, Failed _, Late _ -> {} // of an order that was given up
    }
    return this;
  }

  @Override
  public Behavior<Command> onSignal(Signal signal) {
    if (signal instanceof PreRestart) {
      undo.ifPresent(Runnable::run);
      current.ifPresent(waiting::add);
      waiting.forEach(order -> refuse(order, ErrorCode.INTERNAL, "the registrar failed"));
    }
    return this;
  }

  private void take(Order order) {
    if (!parts.rights().test(order.principal(), order.name())) {
      refuse(order, ErrorCode.ADAPTER_FORBIDDEN, "this adapter is for others");
    } else if (waiting.size() >= WAITING_MAX) {
      refuse(
          order,
          ErrorCode.ADAPTER_LOAD_BUSY,
          "at most %d loads and unloads can wait".formatted(WAITING_MAX));
    } else {
      waiting.add(order);
      next();
    }
  }

  private static void refuse(Order order, ErrorCode code, String message) {
    order.replyTo().tell(new AdapterChange.Refused(code, message + ". Given: " + order.name()));
  }

  private void next() {
    if (current.isPresent() || waiting.isEmpty()) {
      return;
    }
    Order order = waiting.remove();
    current = Optional.of(order);
    long id = ++serial;
    switch (order) {
      case Load(AdapterOrder wanted, _) ->
          start(() -> check(wanted), folder -> new Checked(id, folder));
      case Unload(_, String name, _) ->
          start(() -> parts.source().remove(name), known -> new Removed(id, known));
    }
    timers.startSingleTimer(Late.class, new Late(id), parts.loadTimeout());
  }

  /** The folder to register; empty: the name has this content already. */
  private Optional<Path> check(AdapterOrder order) {
    AdapterNames.check(order.name());
    Path folder = parts.source().confined(order.path());
    Copy copy = parts.source().copy(order.name(), folder);
    if (parts.source().stamp(order.name()).isPresent()) {
      if (holds(order.name(), copy)) {
        return Optional.empty();
      }
      if (!order.replace()) {
        throw new LorikeetException(
            ErrorCode.REQUEST_INVALID,
            "`load_inplace` must be true: there is an adapter of this name with other content. Given: "
                + order.name());
      }
    }
    copy.read();
    return Optional.of(folder);
  }

  // What can't be copied is other content.
  private boolean holds(String name, Copy copy) {
    try {
      return parts.source().copy(name).generation().equals(copy.generation());
    } catch (LorikeetException _) {
      return false;
    }
  }

  private void checked(Optional<Path> folder) {
    timers.cancel(Late.class);
    Order order = current.orElseThrow();
    try {
      undo = folder.map(path -> register(order.name(), path));
    } catch (LorikeetException e) {
      refuse(Failure.of(e));
      return;
    }
    parts.adapters().tell(new AdapterManagerActor.Resolve(order.principal(), order.name(), holder));
  }

  private Runnable register(String name, Path folder) {
    Optional<Entry> before = parts.source().put(name, folder);
    return () -> parts.source().restore(name, before);
  }

  private void removed(boolean known) {
    Order order = current.orElseThrow();
    if (!known) {
      refuse(
          new Failure(
              ErrorCode.ADAPTER_NOT_FOUND,
              "there is no adapter of this name. Given: " + order.name(),
              false));
      return;
    }
    long deadline = parts.clock().getAsLong() + parts.unloadWait().toNanos();
    parts.adapters().tell(new AdapterManagerActor.Unload(order.name(), deadline, order.replyTo()));
    done();
  }

  private Failure tooSlow() {
    return new Failure(
        ErrorCode.ADAPTER_LOAD_TIMEOUT,
        "the adapter must be read within %d s".formatted(parts.loadTimeout().toSeconds()),
        false);
  }

  private void refuse(Failure failure) {
    end(new AdapterChange.Refused(failure.code(), failure.message()));
  }

  private void end(AdapterChange change) {
    current.orElseThrow().replyTo().tell(change);
    done();
  }

  private void done() {
    timers.cancel(Late.class);
    serial++;
    current = Optional.empty();
    next();
  }

  private <T> void start(Supplier<T> task, Function<T, Command> answer) {
    long id = serial;
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(task, blocking),
            (value, thrown) -> {
              if (thrown == null) {
                return answer.apply(value);
              }
              Failure failure = Failure.of(thrown);
              if (failure.code() == ErrorCode.INTERNAL) {
                getContext().getLog().error("an adapter could not be read", thrown);
              }
              return new Failed(id, failure);
            });
  }
}
