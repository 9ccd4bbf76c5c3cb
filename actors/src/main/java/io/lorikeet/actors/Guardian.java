package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.ExecutorInfo;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Starts the actors of an engine and rebuilds those that fail: the manager whenever it does, the
 * batching actor so often an hour. When that one has stopped for good, every request is refused.
 */
final class Guardian extends AbstractMatchingBehavior<Guardian.Command> {
  sealed interface Command {}

  private record Opening(BatchingActor.Opening outcome) implements Command {}

  private enum BatchingGone implements Command {
    INSTANCE
  }

  /** The actors of a running engine, and its first executor. */
  record Running(
      ExecutorInfo executor,
      ActorRef<RequestRouter.Command> router,
      ActorRef<AdapterManagerActor.Command> adapters,
      ActorRef<RegistrarActor.Command> registrar,
      ActorRef<BatchingActor.Command> batching) {}

  private final Wiring wiring;
  private final CompletableFuture<Running> started;
  private final ActorRef<AdapterManagerActor.Command> adapters;
  private final ActorRef<RegistrarActor.Command> registrar;
  private final ActorRef<BatchingActor.Command> batching;
  private Optional<ActorRef<RequestRouter.Command>> router = Optional.empty();

  private Guardian(
      ActorContext<Command> context, Wiring wiring, CompletableFuture<Running> started) {
    super(context);
    this.wiring = wiring;
    this.started = started;
    this.adapters =
        context.spawn(
            Behaviors.supervise(AdapterManagerActor.create(wiring.adapters()))
                .onFailure(Throwable.class, SupervisorStrategy.restart()),
            "adapters");
    this.registrar =
        context.spawn(
            Behaviors.supervise(RegistrarActor.create(wiring.registrar(adapters)))
                .onFailure(Throwable.class, SupervisorStrategy.restart()),
            "registrar");
    ActorRef<BatchingActor.Opening> opening =
        context.messageAdapter(BatchingActor.Opening.class, Opening::new);
    int rebuilds = wiring.settings().schedule().rebuildsPerHour();
    SupervisorStrategy strategy =
        rebuilds == 0
            ? SupervisorStrategy.stop()
            : SupervisorStrategy.restart().withLimit(rebuilds, Duration.ofHours(1));
    this.batching =
        context.spawn(
            Behaviors.supervise(BatchingActor.create(wiring.batching(adapters, opening)))
                .onFailure(Throwable.class, strategy),
            "batching",
            DispatcherSelector.fromConfig("lorikeet-batching-dispatcher"));
    context.watchWith(batching, BatchingGone.INSTANCE);
  }

  /**
   * @param started completed with the actors when the first executor is open, or with the reason
   *     why it is not
   */
  static Behavior<Command> create(Wiring wiring, CompletableFuture<Running> started) {
    return Behaviors.setup(context -> new Guardian(context, wiring, started));
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    switch (message) {
      case Opening(BatchingActor.Opening.Opened(ExecutorInfo executor)) -> opened(executor);
      case Opening(BatchingActor.Opening.Failed(RuntimeException reason)) ->
          started.completeExceptionally(reason);
      case BatchingGone _ -> {
        wiring.health().broken("the engine has stopped");
        router.ifPresent(r ->
            r.tell(new RequestRouter.Refuse(ErrorCode.EXECUTOR_LOST, "the engine has stopped")));
      }
    }
    return this;
  }

  private void opened(ExecutorInfo executor) {
    if (router.isPresent()) {
      return;
    }
    int places = wiring.settings().schedule().waitingMax() + executor.seats();
    int sequencesMax = wiring.settings().requests().concurrent(places);
    ActorRef<RequestRouter.Command> spawned =
        getContext()
            .spawn(
                RequestRouter.create(
                    wiring.requests(executor, batching, adapters),
                    sequencesMax,
                    wiring.settings().access()),
                "requests");
    router = Optional.of(spawned);
    started.complete(new Running(executor, spawned, adapters, registrar, batching));
  }
}
