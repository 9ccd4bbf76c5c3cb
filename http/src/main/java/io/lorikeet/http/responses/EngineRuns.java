package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.RequestProtocol;
import io.lorikeet.config.ResponseSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.openai.ChatRequests;
import io.lorikeet.http.openai.Envelope;
import io.lorikeet.http.openai.OpenAiRequest;
import io.lorikeet.http.responses.request.ItemIds;
import io.lorikeet.http.responses.request.RequestReader;
import io.lorikeet.http.responses.request.ResponseRequest;
import io.lorikeet.http.responses.store.Link;
import io.lorikeet.http.responses.store.ResponseStore;
import io.lorikeet.http.responses.store.Viewer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;

/** Responses that the engine answers, with the memory of the server. */
public final class EngineRuns implements ResponseRuns {
  private final Surface surface;
  private final ResponseStore store;
  private final LiveResponses live;
  private final AtomicLong sessions = new AtomicLong(Viewer.NONE);

  public EngineRuns(Surface surface) {
    this.surface = surface;
    ResponseSettings settings = surface.settings().responses();
    this.store = new ResponseStore(settings.bytesMax(), settings.kept());
    this.live = new LiveResponses(settings.backgroundMax());
  }

  /**
   * A response that was accepted.
   *
   * @param events run once, by whoever answers with it
   */
  record Launched(
      ResponseRequest request, LiveResponse response, Source<ObjectNode, NotUsed> events) {}

  ResponseStore store() {
    return store;
  }

  LiveResponses live() {
    return live;
  }

  @Override
  public CompletionStage<Run> start(Call call, ObjectNode body) {
    return start(call, body, Viewer.of(call.principal()), _ -> {});
  }

  private CompletionStage<Run> start(
      Call call, ObjectNode body, Viewer viewer, Consumer<String> unstored) {
    try {
      // There is no other form here, so nothing that needs it is refused.
      return launch(call, body.put("stream", true), viewer, unstored)
          .thenApply(launched -> new Run(launched.response().id(), launched.events()));
    } catch (LorikeetException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /**
   * Reads a body and asks the engine.
   *
   * @throws LorikeetException as the stage does
   */
  CompletionStage<Launched> launch(Call call, ObjectNode body) {
    return launch(call, body, Viewer.of(call.principal()), _ -> {});
  }

  // Responses that are not stored are remembered where a session asks for it.
  private CompletionStage<Launched> launch(
      Call call, ObjectNode body, Viewer viewer, Consumer<String> unstored) {
    String key = surface.ambient().ids().get();
    Remembered remembered = new Remembered(store, live, viewer, now());
    ResponseRequest request = RequestReader.read(body, remembered, key);
    OpenAiRequest chat = chat(call, request.chat());
    if (request.background()) {
      live.beginBackground(call.principal());
    }
    return surface
        .engine()
        .generate(chat.generation())
        .thenApply(answer ->
            switch (answer) {
              case Answer.Rejected(ErrorCode code, String message) -> {
                if (request.background()) {
                  live.endBackground(call.principal());
                }
                throw new LorikeetException(code, message);
              }
              case Answer.Accepted accepted -> {
                Consumer<ObjectNode> keep =
                    response -> keep(request, remembered.continued(), viewer, unstored, response);
                LiveResponse response =
                    response(call.principal(), request, chat, key, accepted, keep);
                yield new Launched(request, response, events(call, request, accepted, response));
              }
            });
  }

  /** The request as the chat that it becomes; refusals have the client's names. */
  OpenAiRequest chat(Call call, ObjectNode chat) {
    try {
      return ChatRequests.read(call, chat, surface);
    } catch (LorikeetException e) {
      throw RequestReader.renamed(e);
    }
  }

  /** What a body refers to, outside of any session. */
  Remembered remembered(Call call) {
    return new Remembered(store, live, Viewer.of(call.principal()), now());
  }

  long now() {
    return surface.ambient().nanos().getAsLong();
  }

  private void keep(
      ResponseRequest request,
      Optional<Link> before,
      Viewer viewer,
      Consumer<String> unstored,
      ObjectNode response) {
    boolean remembered = viewer.session() != Viewer.NONE;
    if (!request.store() && !remembered) {
      return;
    }
    Viewer owner = request.store() ? Viewer.of(viewer.principal()) : viewer;
    boolean continuable = !response.path("status").asText().equals("failed");
    store.put(owner, response, request.input(), before, continuable, now());
    if (!request.store()) {
      unstored.accept(response.path("id").asText());
    }
  }

  private LiveResponse response(
      String principal,
      ResponseRequest request,
      OpenAiRequest chat,
      String key,
      Answer.Accepted accepted,
      Consumer<ObjectNode> keep) {
    ResponseHead head =
        new ResponseHead(
            ItemIds.response(key),
            surface.ambient().epochSeconds(),
            request.shown(),
            chat.generation().sampling(),
            answerer(accepted.answerer()));
    return new LiveResponse(
        head.id(),
        principal,
        request.items(),
        new ResponseEvents(head, key, chat.generation().tokenTexts()),
        chat.turn(),
        surface.ambient()::epochSeconds,
        keep);
  }

  private static ObjectNode answerer(Answer.Answerer answerer) {
    return Json.readObject(
        Json.bytes(json -> {
          json.writeStartObject();
          Envelope.write(json, answerer);
          json.writeEndObject();
        }));
  }

  private Source<ObjectNode, NotUsed> events(
      Call call, ResponseRequest request, Answer.Accepted accepted, LiveResponse response) {
    AtomicBoolean begun = new AtomicBoolean();
    call.gone()
        .thenRun(() -> {
          if (!begun.get() && !request.background()) {
            accepted.request().tell(RequestProtocol.Leave.INSTANCE);
          }
        });
    List<ObjectNode> first = response.begin();
    return GenerationSource.of(accepted.request())
        .viaMat(KillSwitches.single(), Keep.right())
        .mapMaterializedValue(generation -> {
          begun.set(true);
          response.attached(generation);
          live.add(response);
          return NotUsed.getInstance();
        })
        .mapConcat(response::fold)
        .watchTermination((started, ended) -> {
          ended.whenComplete((_, _) -> {
            live.remove(response);
            if (request.background()) {
              live.endBackground(response.principal());
            }
          });
          return started;
        })
        .prepend(Source.from(first))
        .concatLazy(Source.fromIterator(() -> response.closing().iterator()));
  }

  @Override
  public CompletionStage<ObjectNode> cancel(String principal, String id) {
    Optional<LiveResponse> running = live.find(principal, id);
    return running.isPresent()
        ? CompletableFuture.completedStage(running.get().cancel())
        : store
            .response(Viewer.of(principal), id, now())
            .<CompletionStage<ObjectNode>>map(CompletableFuture::completedStage)
            .orElseGet(() -> CompletableFuture.failedStage(Lookup.notFound(id)));
  }

  @Override
  public Session session() {
    return new EngineSession(sessions.incrementAndGet());
  }

  private final class EngineSession implements Session {
    private final long number;
    private final Recent recent = new Recent(surface.settings().responses().sessionMax());

    EngineSession(long number) {
      this.number = number;
    }

    @Override
    public CompletionStage<Run> start(Call call, ObjectNode body) {
      Viewer viewer = new Viewer(call.principal(), number);
      return EngineRuns.this.start(
          call, body, viewer, id -> recent.add(id, () -> store.delete(viewer, id, now())));
    }

    @Override
    public CompletionStage<ObjectNode> cancel(String principal, String id) {
      return EngineRuns.this.cancel(principal, id);
    }

    @Override
    public Session session() {
      return EngineRuns.this.session();
    }

    @Override
    public void close() {
      recent.close();
    }
  }
}
