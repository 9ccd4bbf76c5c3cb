package io.lorikeet.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.RequestProtocol;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.openai.ChatRequests;
import io.lorikeet.http.openai.OpenAiRequest;
import io.lorikeet.http.responses.ResponseRuns;
import io.lorikeet.http.responses.Run;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Source;

/** Responses as plain as can be: the engine's answer as deltas between a first and a last event. */
final class EngineRuns implements ResponseRuns.Session {
  private final Surface surface;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, SharedKillSwitch> running = new ConcurrentHashMap<>();

  EngineRuns(Surface surface) {
    this.surface = surface;
  }

  @Override
  public ResponseRuns.Session session() {
    return this;
  }

  // It remembers nothing.
  @Override
  public void close() {}

  @Override
  public CompletionStage<Run> start(Call call, ObjectNode body) {
    Fields fields = new Fields(body);
    ObjectNode chat = JsonNodeFactory.instance.objectNode();
    chat.put("model", fields.requiredText("model"));
    chat.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", fields.requiredText("input"));
    OpenAiRequest request = ChatRequests.read(call, chat, surface);
    return surface
        .engine()
        .generate(request.generation())
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Rejected(ErrorCode code, String message) ->
                  CompletableFuture.failedStage(new LorikeetException(code, message));
              case Answer.Accepted accepted -> {
                call.gone().thenRun(() -> accepted.request().tell(RequestProtocol.Leave.INSTANCE));
                yield CompletableFuture.completedStage(run(accepted));
              }
            });
  }

  private Run run(Answer.Accepted accepted) {
    String id = "resp_" + ids.incrementAndGet();
    SharedKillSwitch cancel = KillSwitches.shared(id);
    AtomicBoolean completed = new AtomicBoolean();
    AtomicInteger number = new AtomicInteger();
    running.put(id, cancel);
    Source<ObjectNode, NotUsed> deltas =
        GenerationSource.of(accepted.request())
            .via(cancel.flow())
            .map(event -> {
              completed.compareAndSet(false, event instanceof GenerationEvent.Completed);
              return delta(event);
            })
            .filter(Optional::isPresent)
            .map(Optional::orElseThrow);
    Source<ObjectNode, NotUsed> last =
        Source.lazySource(() ->
                Source.single(
                    event(completed.get() ? "response.completed" : "response.incomplete", id)))
            .mapMaterializedValue(_ -> NotUsed.getInstance());
    return new Run(
        id,
        Source.single(event("response.created", id))
            .concatLazy(deltas)
            .concatLazy(last)
            .map(event -> event.put("sequence_number", number.getAndIncrement())));
  }

  private static Optional<ObjectNode> delta(GenerationEvent event) {
    return event instanceof GenerationEvent.Piece piece && !piece.text().isEmpty()
        ? Optional.of(
            JsonNodeFactory.instance
                .objectNode()
                .put("type", "response.output_text.delta")
                .put("delta", piece.text()))
        : Optional.empty();
  }

  private static ObjectNode event(String type, String id) {
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", type);
    event.putObject("response").put("id", id);
    return event;
  }

  @Override
  public CompletionStage<ObjectNode> cancel(String principal, String id) {
    SharedKillSwitch cancel = running.get(id);
    if (cancel == null) {
      return CompletableFuture.failedStage(
          new LorikeetException(ErrorCode.REQUEST_INVALID, "there is no response `" + id + "`"));
    }
    cancel.shutdown();
    return CompletableFuture.completedStage(event("cancelled", id));
  }
}
