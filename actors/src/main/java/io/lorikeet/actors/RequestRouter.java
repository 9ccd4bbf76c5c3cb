package io.lorikeet.actors;

import io.lorikeet.config.AccessSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Starts an actor per request and counts their sequences, so that a full queue refuses before
 * anything was done. Lets what runs end when the server stops.
 */
final class RequestRouter extends AbstractMatchingBehavior<RequestRouter.Command> {
  // A long prompt is tokenised in one call; whoever answers health checks must not wait for it.
  private static final DispatcherSelector TEXT_WORK =
      DispatcherSelector.fromConfig("lorikeet-requests-dispatcher");

  sealed interface Command {}

  record Generate(Generation generation, ActorRef<Answer> asker) implements Command {}

  /** A request for vectors. */
  record Embed(Embedding embedding, ActorRef<EmbeddingResult> asker) implements Command {}

  /** Who asked for vectors does not want them any more. */
  record Leave(ActorRef<EmbeddingResult> asker) implements Command {}

  /** Text work; it counts as one sequence. */
  record Work(String principal, TextTask task, ActorRef<TextResult> asker) implements Command {}

  /** From now on every request is refused. */
  record Refuse(ErrorCode code, String message) implements Command {}

  /** Refuses new requests and answers when the running ones have ended; they have so long. */
  record Drain(Duration within, ActorRef<Done> replyTo) implements Command {}

  private enum Timer implements Command {
    DRAINED
  }

  private final RequestParts parts;
  private final TimerScheduler<Command> timers;
  private final int sequencesMax;
  private final Concurrency concurrency;
  private final Map<ActorRef<RequestActor.Command>, RequestActor.Order> running = new HashMap<>();
  private final Map<ActorRef<Void>, Work> working = new HashMap<>();
  private int sequences;
  private long nextSequence = 1;
  private Optional<Refuse> refusal = Optional.empty();
  private Optional<ActorRef<Done>> drained = Optional.empty();

  private RequestRouter(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RequestParts parts,
      int sequencesMax,
      AccessSettings access) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.sequencesMax = sequencesMax;
    this.concurrency = new Concurrency(access);
  }

  /**
   * @param sequencesMax sequences that may run and wait at once
   * @param access how many requests a principal may have at once
   */
  static Behavior<Command> create(RequestParts parts, int sequencesMax, AccessSettings access) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(
            timers -> new RequestRouter(context, timers, parts, sequencesMax, access)));
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    switch (message) {
      case Generate(Generation generation, var asker) ->
          begin(new Asked.ForText(generation, asker), () -> parts.limits().check(generation));
      case Embed(Embedding embedding, var asker) ->
          begin(
              new Asked.ForVectors(embedding, parts.limits().settings().timeoutMax(), asker),
              () -> parts.limits().check(embedding));
      case Leave(var asker) -> leave(asker);
      case Work work -> work(work);
      case Refuse refuse -> refusal = Optional.of(refusal.orElse(refuse));
      case Drain(Duration within, var replyTo) -> drain(within, replyTo);
      case Timer.DRAINED ->
          List.copyOf(running.keySet())
              .forEach(request ->
                  request.tell(
                      new RequestActor.End(
                          ErrorCode.SHUTTING_DOWN, "the server is shutting down")));
    }
    return this;
  }

  @Override
  public Behavior<Command> onSignal(Signal signal) {
    if (signal instanceof Terminated ended) {
      ended(ended);
    }
    return this;
  }

  /**
   * Starts a request.
   *
   * @param check its cheap limits
   */
  private void begin(Asked asked, Runnable check) {
    int wanted = asked.sequences();
    try {
      checkOpen();
      check.run();
      admit(asked.principal(), wanted);
    } catch (LorikeetException e) {
      RequestActor.End end = RequestActor.End.of(e);
      asked.reject(end.code(), end.message());
      return;
    }
    RequestActor.Order order =
        new RequestActor.Order(asked, nextSequence, parts.clock().getAsLong());
    ActorRef<RequestActor.Command> request =
        getContext().spawnAnonymous(RequestActor.create(parts, order), TEXT_WORK);
    getContext().watch(request);
    running.put(request, order);
    sequences += wanted;
    nextSequence += wanted;
  }

  private void leave(ActorRef<EmbeddingResult> asker) {
    running.forEach((request, order) -> {
      if (order.asked() instanceof Asked.ForVectors vectors && vectors.asker().equals(asker)) {
        request.tell(RequestActor.Notice.READER_GONE);
      }
    });
  }

  private void work(Work work) {
    try {
      checkOpen();
      admit(work.principal(), 1);
    } catch (LorikeetException e) {
      work.asker().tell(TextResult.Rejected.of(e));
      return;
    }
    ActorRef<Void> worker =
        getContext()
            .spawnAnonymous(
                new TextWork(parts.text(), parts.prompts()).once(work.task(), work.asker()),
                TEXT_WORK);
    getContext().watch(worker);
    working.put(worker, work);
    sequences++;
  }

  private void checkOpen() {
    if (refusal.isPresent()) {
      throw new LorikeetException(refusal.get().code(), refusal.get().message());
    }
  }

  private void admit(String principal, int wanted) {
    if (sequences + wanted > sequencesMax) {
      throw new LorikeetException(
          ErrorCode.QUEUE_FULL,
          "at most %d sequences may run and wait. Given: %d and %d more"
              .formatted(sequencesMax, sequences, wanted));
    }
    concurrency.begin(principal);
  }

  private void ended(Terminated signal) {
    Work work = working.remove(signal.getRef());
    if (work != null) {
      sequences--;
      concurrency.end(work.principal());
      if (signal instanceof ChildFailed) {
        work.asker().tell(new TextResult.Rejected(ErrorCode.INTERNAL, "the text work failed"));
      }
      tellWhenDrained();
      return;
    }
    RequestActor.Order order = running.remove(signal.getRef().<RequestActor.Command>unsafeUpcast());
    if (order == null) {
      return;
    }
    sequences -= order.asked().sequences();
    concurrency.end(order.asked().principal());
    if (signal instanceof ChildFailed) {
      order.asked().reject(ErrorCode.INTERNAL, "the request failed");
    }
    tellWhenDrained();
  }

  private void drain(Duration within, ActorRef<Done> replyTo) {
    refusal =
        Optional.of(
            refusal.orElse(new Refuse(ErrorCode.SHUTTING_DOWN, "the server is shutting down")));
    drained = Optional.of(replyTo);
    timers.startSingleTimer(Timer.DRAINED, within);
    tellWhenDrained();
  }

  private void tellWhenDrained() {
    if (running.isEmpty() && working.isEmpty()) {
      drained.ifPresent(replyTo -> replyTo.tell(Done.getInstance()));
    }
  }
}
