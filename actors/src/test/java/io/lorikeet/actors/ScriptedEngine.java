package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.text.calls.CallFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * An engine that plays what a test wrote for each request, one event per acknowledgement, and tells
 * the test what became of it.
 */
public final class ScriptedEngine implements Engine {
  /** What happens to a request. */
  public sealed interface Script {
    record Reject(ErrorCode code, String message) implements Script {}

    /**
     * Accepts and plays.
     *
     * @param events may be endless; taken as the reader asks for them
     * @param start the first event waits for it
     */
    record Play(
        List<int[]> prompts,
        Answer.Answerer answerer,
        Iterator<GenerationEvent> events,
        CompletionStage<?> start)
        implements Script {}

    /** Accepts and dies when it is attached to. */
    record Die() implements Script {}

    /** The base plays these events for a prompt of three tokens. */
    static Script events(GenerationEvent... events) {
      return new Play(
          List.of(new int[] {1, 2, 3}),
          Answer.Sum.BASE,
          List.of(events).iterator(),
          CompletableFuture.completedStage(null));
    }
  }

  /**
   * One request that was accepted.
   *
   * @param told events that the reader was told so far
   * @param finished true: the terminal event was told; false: the reader went away before
   */
  public record Played(
      Generation generation, AtomicInteger told, CompletableFuture<Boolean> finished) {}

  /** A small model with all that a server can show. */
  public static final ServedModel MODEL =
      new ServedModel(
          "tiny",
          "f00d",
          "llama",
          64,
          100,
          1_700_000_000L,
          true,
          true,
          new ToolUse(true, Optional.of(CallFormat.HERMES)));

  private static final ExecutorInfo EXECUTOR =
      new ExecutorInfo("scripted", "none", "exact-f32", 1, 8, 16, 4, 2, 3, 100, 4, 64, 1024, 0);
  private static final LoopState LOOP =
      new LoopState(1, 2, 0, 1, 0, 8, 5, 2, 1, 3, 2, 1, 0, 1, false);

  private final ActorSystem<?> system;
  private final BlockingQueue<Generation> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<Embedding> embedded = new LinkedBlockingQueue<>();
  private final BlockingQueue<Played> played = new LinkedBlockingQueue<>();
  private volatile Function<Generation, Script> script;
  private volatile CompletionStage<?> answers = CompletableFuture.completedStage(null);
  private volatile Function<TextTask, TextResult> texts =
      _ -> new TextResult.Rejected(ErrorCode.INTERNAL, "no text work was written");
  private volatile BiFunction<Embedding, CompletionStage<Done>, CompletionStage<EmbeddingResult>>
      embeddings =
          (_, _) ->
              CompletableFuture.completedStage(
                  new EmbeddingResult.Rejected(ErrorCode.INTERNAL, "no vectors were written"));
  private volatile EngineStatus status = new EngineStatus(true, "", LOOP);
  private volatile Function<AdapterOrder, AdapterChange> loads =
      order -> new AdapterChange.Loaded(order.name(), "ab12");
  private volatile Function<String, AdapterChange> unloads =
      name -> new AdapterChange.Unloaded(name, 0);
  private volatile List<AdapterStatus> adapters = List.of();
  private volatile ServedModel model = MODEL;

  public ScriptedEngine(ActorSystem<?> system, Function<Generation, Script> script) {
    this.system = system;
    this.script = script;
  }

  /** From now on requests go like this. */
  public void script(Function<Generation, Script> next) {
    script = next;
  }

  /** From now on the model can do this with tools. */
  public void tools(ToolUse tools) {
    model =
        new ServedModel(
            MODEL.name(),
            MODEL.fingerprint(),
            MODEL.modelType(),
            MODEL.contextMax(),
            MODEL.vocabSize(),
            MODEL.created(),
            MODEL.hasTokenizer(),
            MODEL.hasChatTemplate(),
            tools);
  }

  /** From now on requests are taken in at once, and their answers wait for this. */
  public void answerAfter(CompletionStage<?> next) {
    answers = next;
  }

  /** From now on text work goes like this. */
  public void texts(Function<TextTask, TextResult> next) {
    texts = next;
  }

  /** From now on requests for vectors go like this; all are kept. */
  public void embeddings(
      BiFunction<Embedding, CompletionStage<Done>, CompletionStage<EmbeddingResult>> next) {
    embeddings = next;
  }

  /** All requests for vectors, in the order in which they came. */
  public BlockingQueue<Embedding> embedded() {
    return embedded;
  }

  public void status(boolean ready, String reason) {
    status = new EngineStatus(ready, reason, LOOP);
  }

  public void adapters(AdapterStatus... next) {
    adapters = List.of(next);
  }

  /** All requests, in the order in which they came. */
  public BlockingQueue<Generation> requests() {
    return requests;
  }

  /** All accepted requests, in the order in which they came. */
  public BlockingQueue<Played> played() {
    return played;
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
    return EXECUTOR;
  }

  @Override
  public CompletionStage<Answer> generate(Generation generation) {
    requests.add(generation);
    Answer answer =
        switch (script.apply(generation)) {
          case Script.Reject(ErrorCode code, String message) -> new Answer.Rejected(code, message);
          case Script.Die _ ->
              new Answer.Accepted(
                  spawn(Behaviors.receiveMessage(_ -> Behaviors.stopped())),
                  Answer.Sum.BASE,
                  List.of(new int[] {1}));
          case Script.Play play -> accept(generation, play);
        };
    return answers.thenApply(_ -> answer);
  }

  @Override
  public CompletionStage<EmbeddingResult> embed(Embedding embedding, CompletionStage<Done> gone) {
    embedded.add(embedding);
    return embeddings.apply(embedding, gone);
  }

  @Override
  public CompletionStage<TextResult> work(String principal, TextTask task) {
    return CompletableFuture.completedStage(texts.apply(task));
  }

  private Answer accept(Generation generation, Script.Play play) {
    Played record = new Played(generation, new AtomicInteger(), new CompletableFuture<>());
    played.add(record);
    ActorRef<RequestProtocol> request = spawn(new Player(play, record).unattached());
    return new Answer.Accepted(request, play.answerer(), play.prompts());
  }

  private ActorRef<RequestProtocol> spawn(Behavior<RequestProtocol> behavior) {
    return system.systemActorOf(behavior, "scripted-" + UUID.randomUUID(), Props.empty());
  }

  @Override
  public CompletionStage<List<AdapterStatus>> adapters() {
    return CompletableFuture.completedStage(adapters);
  }

  @Override
  public CompletionStage<List<NumberedAdapter>> numberedAdapters() {
    return CompletableFuture.completedStage(
        IntStream.range(0, adapters.size())
            .mapToObj(number -> new NumberedAdapter(number, adapters.get(number).name()))
            .toList());
  }

  /** From now on loads and unloads go like this. */
  public void changes(
      Function<AdapterOrder, AdapterChange> loads, Function<String, AdapterChange> unloads) {
    this.loads = loads;
    this.unloads = unloads;
  }

  @Override
  public CompletionStage<AdapterChange> loadAdapter(AdapterOrder order) {
    return CompletableFuture.completedStage(loads.apply(order));
  }

  @Override
  public CompletionStage<AdapterChange> unloadAdapter(String principal, String name) {
    return CompletableFuture.completedStage(unloads.apply(name));
  }

  @Override
  public Optional<String> loadedFrom(String name) {
    return name.equals("pirate") ? Optional.of("/adapters/pirate") : Optional.empty();
  }

  @Override
  public CompletionStage<EngineStatus> status() {
    return CompletableFuture.completedStage(status);
  }

  @Override
  public String scrape() {
    return "# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running 1.0\n";
  }

  /** The request actor of a script. */
  private record Player(Script.Play play, Played record) {
    private Behavior<RequestProtocol> unattached() {
      return Behaviors.receive((context, message) ->
          switch (message) {
            case RequestProtocol.Attach(ActorRef<GenerationEvent> sink) -> {
              context.watch(sink);
              context.pipeToSelf(play.start(), (_, _) -> RequestProtocol.Ack.INSTANCE);
              yield playing(sink);
            }
            case RequestProtocol.Leave _ -> {
              record.finished().complete(false);
              yield Behaviors.stopped();
            }
            case RequestProtocol.Ack _ ->
                throw new AssertionError("an acknowledgement before a reader attached");
          });
    }

    // Told after the terminal event as well: an acknowledgement of it, then the sink's end.
    private Behavior<RequestProtocol> playing(ActorRef<GenerationEvent> sink) {
      return Behaviors.receive(RequestProtocol.class)
          .onMessage(
              RequestProtocol.Ack.class,
              _ -> {
                next(sink);
                return Behaviors.same();
              })
          .onSignal(
              Terminated.class,
              _ -> {
                record.finished().complete(false);
                return Behaviors.stopped();
              })
          .build();
    }

    private void next(ActorRef<GenerationEvent> sink) {
      if (!play.events().hasNext()) {
        return;
      }
      GenerationEvent event = play.events().next();
      record.told().incrementAndGet();
      sink.tell(event);
      if (event instanceof GenerationEvent.Terminal) {
        record.finished().complete(true);
      }
    }
  }
}
