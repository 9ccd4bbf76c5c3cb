package io.lorikeet.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.AccessSettings;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.config.PrincipalSettings;
import io.lorikeet.config.ServerSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.ExecutorInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine in this process: an actor system with everything between HTTP and the executor. Started
 * once; it ends with its actor system, whose coordinated shutdown lets running streams end.
 */
public final class LorikeetEngine implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(LorikeetEngine.class);
  private static final String STOPPED = "the server has stopped";
  // Beyond what the drain may take, so that the last events still reach their readers.
  private static final Duration MARGIN = Duration.ofSeconds(5);

  private final ActorSystem<Guardian.Command> system;
  private final Wiring wiring;
  private final ServedModel model;
  private final Guardian.Running running;
  private final CompletableFuture<Answer> stopped = new CompletableFuture<>();

  private LorikeetEngine(
      ActorSystem<Guardian.Command> system,
      Wiring wiring,
      ServedModel model,
      Guardian.Running running) {
    this.system = system;
    this.wiring = wiring;
    this.model = model;
    this.running = running;
    system
        .getWhenTerminated()
        .thenRun(() -> stopped.complete(rejected(ErrorCode.SHUTTING_DOWN, STOPPED)));
  }

  /**
   * Starts the actors and opens the first executor, warm-up included.
   *
   * @return fails with the executor's own exception when it can't be opened; nothing runs then
   */
  public static CompletionStage<LorikeetEngine> start(EngineStart start) {
    LongSupplier clock = monotonic();
    Wiring wiring = start.wiring(EngineMetrics.create(start.modelName()), new Health(), clock);
    return start(wiring, start.model(wiring.chats()), start.overrides());
  }

  /** As {@link #start(EngineStart)}, from parts. */
  static CompletionStage<LorikeetEngine> start(
      Wiring wiring, Function<ExecutorInfo, ServedModel> model, Config overrides) {
    CompletableFuture<Guardian.Running> started = new CompletableFuture<>();
    ActorSystem<Guardian.Command> system =
        ActorSystem.create(
            Guardian.create(wiring, started),
            "lorikeet",
            pekko(wiring.settings().server(), overrides));
    return started
        .thenApply(running -> {
          LorikeetEngine engine =
              new LorikeetEngine(system, wiring, model.apply(running.executor()), running);
          engine.endWithSystem();
          LOG.info("executor: {}", running.executor());
          return engine;
        })
        .whenComplete((_, failure) -> {
          if (failure != null) {
            system.terminate();
          }
        });
  }

  // From 0, so that deadlines never overflow.
  private static LongSupplier monotonic() {
    long origin = System.nanoTime();
    return () -> System.nanoTime() - origin;
  }

  private static Config pekko(ServerSettings server, Config overrides) {
    Duration phase = server.drain().plus(MARGIN).plus(MARGIN);
    Config phases =
        ConfigFactory.parseMap(
            Map.of(
                "pekko.coordinated-shutdown.phases.service-requests-done.timeout",
                phase.toMillis() + "ms"));
    return ConfigFactory.load(
        overrides
            .withFallback(ConfigFactory.defaultApplication())
            .withFallback(phases)
            .withFallback(
                ConfigFactory.parseResources(LorikeetEngine.class, "/lorikeet-pekko.conf")));
  }

  private void endWithSystem() {
    CoordinatedShutdown shutdown = CoordinatedShutdown.get(Adapter.toClassic(system));
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
        "refuse-requests",
        () -> {
          running
              .router()
              .tell(
                  new RequestRouter.Refuse(ErrorCode.SHUTTING_DOWN, "the server is shutting down"));
          return CompletableFuture.completedFuture(Done.getInstance());
        });
    Duration drain = wiring.settings().server().drain();
    shutdown.addTask(
        CoordinatedShutdown.PhaseServiceRequestsDone(),
        "drain-requests",
        () ->
            AskPattern.<RequestRouter.Command, Done>ask(
                running.router(),
                replyTo -> new RequestRouter.Drain(drain, replyTo),
                drain.plus(MARGIN),
                system.scheduler()));
  }

  /**
   * Loads an adapter as the first request for it would.
   *
   * @return fails with a {@link LorikeetException} when it can't be loaded
   */
  public CompletionStage<Done> preload(String adapter) {
    AccessSettings access = wiring.settings().access();
    String principal =
        access.principals().stream()
            .map(PrincipalSettings::name)
            .filter(name -> access.mayUse(name, adapter))
            .findFirst()
            .orElse("preload");
    Generation request =
        new Generation(
            "preload-" + adapter,
            principal,
            new Target.Adapter(Optional.of(adapter)),
            List.of(new Prompt.Ids(new int[] {0})),
            1,
            OptionalInt.of(1),
            SamplingParams.GREEDY,
            new Ending(List.of(), false, List.of(), true, 0),
            false,
            OptionalInt.empty(),
            Optional.empty());
    return generate(request).thenApply(LorikeetEngine::loaded);
  }

  private static Done loaded(Answer answer) {
    switch (answer) {
      case Answer.Accepted accepted -> accepted.request().tell(RequestProtocol.Leave.INSTANCE);
      case Answer.Rejected(ErrorCode code, String message) -> {
        // It was loaded: only the prompt does not invoke it.
        if (code != ErrorCode.ALORA_INVOCATION_MISSING) {
          throw new LorikeetException(code, message);
        }
      }
    }
    return Done.getInstance();
  }

  /** Ends everything once the streams that run have ended, or the drain is over. */
  public CompletionStage<Done> stop() {
    system.terminate();
    return ended();
  }

  /** Completes when everything has ended, whoever asked for it. */
  public CompletionStage<Done> ended() {
    return system.getWhenTerminated();
  }

  @Override
  public ActorSystem<?> system() {
    return system;
  }

  @Override
  public ServedModel model() {
    return model;
  }

  @Override
  public ExecutorInfo executor() {
    return running.executor();
  }

  @Override
  public CompletionStage<Answer> generate(Generation generation) {
    if (stopped.isDone()) {
      return stopped;
    }
    return AskPattern.<RequestRouter.Command, Answer>ask(
            running.router(),
            asker -> new RequestRouter.Generate(generation, asker),
            patience(),
            system.scheduler())
        .exceptionally(e -> {
          if (hasEnded()) {
            return rejected(ErrorCode.SHUTTING_DOWN, STOPPED);
          }
          LOG.error("request {} got no answer", generation.requestId(), e);
          return rejected(ErrorCode.INTERNAL, "the request got no answer");
        })
        .applyToEither(stopped, answer -> answer);
  }

  // The request actor itself answers within the wait for an adapter; this only outlasts it.
  private Duration patience() {
    return wiring.settings().schedule().queueWait().multipliedBy(2).plus(MARGIN);
  }

  @Override
  public CompletionStage<EmbeddingResult> embed(Embedding embedding, CompletionStage<Done> gone) {
    CompletableFuture<EmbeddingResult> ended =
        stopped.thenApply(_ -> new EmbeddingResult.Rejected(ErrorCode.SHUTTING_DOWN, STOPPED));
    if (ended.isDone()) {
      return ended;
    }
    // The request itself ends by its deadline; this only outlasts it.
    Duration patience = wiring.settings().requests().timeoutMax().plus(patience());
    return AskPattern.<RequestRouter.Command, EmbeddingResult>ask(
            running.router(),
            asker -> {
              gone.thenRun(() -> running.router().tell(new RequestRouter.Leave(asker)));
              return new RequestRouter.Embed(embedding, asker);
            },
            patience,
            system.scheduler())
        .exceptionally(e -> {
          if (hasEnded()) {
            return new EmbeddingResult.Rejected(ErrorCode.SHUTTING_DOWN, STOPPED);
          }
          LOG.error("request {} got no vectors", embedding.requestId(), e);
          return new EmbeddingResult.Rejected(ErrorCode.INTERNAL, "the request got no vectors");
        })
        .applyToEither(ended, result -> result);
  }

  @Override
  public CompletionStage<TextResult> work(String principal, TextTask task) {
    CompletableFuture<TextResult> ended =
        stopped.thenApply(_ -> new TextResult.Rejected(ErrorCode.SHUTTING_DOWN, STOPPED));
    if (ended.isDone()) {
      return ended;
    }
    return AskPattern.<RequestRouter.Command, TextResult>ask(
            running.router(),
            asker -> new RequestRouter.Work(principal, task, asker),
            patience(),
            system.scheduler())
        .exceptionally(e -> {
          if (hasEnded()) {
            return new TextResult.Rejected(ErrorCode.SHUTTING_DOWN, STOPPED);
          }
          LOG.error("text work got no answer", e);
          return new TextResult.Rejected(ErrorCode.INTERNAL, "the text work got no answer");
        })
        .applyToEither(ended, result -> result);
  }

  // The futures of its end complete in no order: an ask can fail before `stopped` is done.
  private boolean hasEnded() {
    return ended().toCompletableFuture().isDone();
  }

  private static Answer rejected(ErrorCode code, String message) {
    return new Answer.Rejected(code, message);
  }

  @Override
  public CompletionStage<List<AdapterStatus>> adapters() {
    return AskPattern.<AdapterManagerActor.Command, AdapterManagerActor.Adapters>ask(
            running.adapters(),
            AdapterManagerActor.ListAdapters::new,
            wiring.settings().adapters().loadTimeout(),
            system.scheduler())
        .thenApply(AdapterManagerActor.Adapters::adapters);
  }

  @Override
  public CompletionStage<List<NumberedAdapter>> numberedAdapters() {
    return AskPattern.<AdapterManagerActor.Command, AdapterManagerActor.Numbered>ask(
            running.adapters(),
            AdapterManagerActor.NumberAdapters::new,
            wiring.settings().adapters().loadTimeout(),
            system.scheduler())
        .thenApply(AdapterManagerActor.Numbered::adapters);
  }

  @Override
  public CompletionStage<AdapterChange> loadAdapter(AdapterOrder order) {
    return change(replyTo -> new RegistrarActor.Load(order, replyTo));
  }

  @Override
  public CompletionStage<AdapterChange> unloadAdapter(String principal, String name) {
    return change(replyTo -> new RegistrarActor.Unload(principal, name, replyTo));
  }

  // An order waits for those before it, each at most as long as its look at the files, the load and
  // the wait for requests may take.
  private CompletionStage<AdapterChange> change(
      org.apache.pekko.japi.function.Function<ActorRef<AdapterChange>, RegistrarActor.Command>
          order) {
    AdapterSettings limits = wiring.settings().adapters();
    Duration patience =
        limits
            .loadTimeout()
            .multipliedBy(3)
            .multipliedBy(RegistrarActor.WAITING_MAX + 1)
            .plus(limits.unloadWait())
            .plus(MARGIN);
    return AskPattern.<RegistrarActor.Command, AdapterChange>ask(
            running.registrar(), order, patience, system.scheduler())
        .exceptionally(e -> {
          if (hasEnded()) {
            return new AdapterChange.Refused(ErrorCode.SHUTTING_DOWN, STOPPED);
          }
          LOG.error("an adapter was not loaded or unloaded", e);
          return new AdapterChange.Refused(ErrorCode.INTERNAL, "the order got no answer");
        })
        .applyToEither(
            stopped.thenApply(_ -> new AdapterChange.Refused(ErrorCode.SHUTTING_DOWN, STOPPED)),
            change -> change);
  }

  @Override
  public Optional<String> loadedFrom(String name) {
    return wiring.source().folder(name).map(Path::toString);
  }

  @Override
  public CompletionStage<EngineStatus> status() {
    return CompletableFuture.completedFuture(
        wiring
            .health()
            .status(wiring.settings().server().readyWithin(), wiring.clock().getAsLong()));
  }

  @Override
  public String scrape() {
    return wiring.metrics().scrape(Instant.now().getEpochSecond());
  }
}
