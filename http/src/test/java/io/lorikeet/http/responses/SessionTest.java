package io.lorikeet.http.responses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.exchange.Body;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a connection remembers of responses that are not stored. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionTest {
  private static final long LONG_SECONDS = 30;

  private ActorTestKit kit;
  private ScriptedEngine engine;
  private Surface surface;
  private EngineRuns runs;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create();
    engine =
        new ScriptedEngine(
            kit.system(),
            _ ->
                Script.events(
                    new Piece(0, "Ahoy", List.of(7), List.of()),
                    new ChoiceEnded(0, FinishReason.STOP_TOKEN, Optional.empty(), 1),
                    new Completed(3, 1)));
    surface =
        new Surface(
            engine,
            SettingsReader.read(Optional.empty(), Map.of("responses.session-max", 2)),
            SamplingDefaults.NONE,
            Ambient.system(),
            new Body.Reader(kit.system(), 1_000, Duration.ofSeconds(1)),
            "test");
    runs = new EngineRuns(surface);
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void aResponseThatIsNotStoredIsContinuedOnItsConnectionOnly() throws Exception {
    ResponseRuns.Session session = runs.session();
    String id = run(session, "one", Optional.empty(), false);
    engine.requests().clear();

    run(session, "two", Optional.of(id), false);

    Prompt.Chat chat = (Prompt.Chat) engine.requests().take().prompts().getFirst();
    assertEquals(
        List.of("one", "Ahoy", "two"),
        chat.messages().stream().map(message -> message.path("content").asText()).toList());
    assertForgotten(runs, id);
    assertForgotten(runs.session(), id);
    assertEquals(
        ErrorCode.RESPONSE_NOT_FOUND,
        refusal(runs.cancel("anonymous", id).toCompletableFuture()).code());
  }

  @Test
  void whatIsStoredIsContinuedOnEveryConnection() {
    String id = run(runs.session(), "one", Optional.empty(), true);

    run(runs.session(), "two", Optional.of(id), true);
    run(runs, "three", Optional.of(id), true);
  }

  @Test
  void aConnectionRemembersItsLatestResponsesUntilItCloses() {
    ResponseRuns.Session session = runs.session();
    String first = run(session, "one", Optional.empty(), false);
    String second = run(session, "two", Optional.empty(), false);
    String third = run(session, "three", Optional.of(first), false);

    assertForgotten(session, first);
    run(session, "four", Optional.of(third), false);
    session.close();
    assertForgotten(session, third);
    assertForgotten(session, second);
    assertForgotten(session, run(session, "late", Optional.empty(), false));
  }

  private void assertForgotten(ResponseRuns on, String id) {
    CompletableFuture<Run> run =
        on.start(call(), body("again", Optional.of(id), false)).toCompletableFuture();

    assertEquals(ErrorCode.PREVIOUS_RESPONSE_NOT_FOUND, refusal(run).code());
  }

  private static LorikeetException refusal(CompletableFuture<?> stage) {
    CompletionException e =
        assertThrows(
            CompletionException.class,
            () -> stage.orTimeout(LONG_SECONDS, TimeUnit.SECONDS).join());
    return (LorikeetException) Optional.ofNullable(e.getCause()).orElseThrow();
  }

  private String run(ResponseRuns on, String input, Optional<String> previous, boolean store) {
    Run run =
        on.start(call(), body(input, previous, store))
            .toCompletableFuture()
            .orTimeout(LONG_SECONDS, TimeUnit.SECONDS)
            .join();
    ObjectNode last =
        run.events()
            .runWith(Sink.last(), kit.system())
            .toCompletableFuture()
            .orTimeout(LONG_SECONDS, TimeUnit.SECONDS)
            .join();
    assertEquals("response.completed", last.path("type").asText());
    return run.responseId();
  }

  private Call call() {
    return Call.of(
        HttpRequest.create("/v1/responses"), new CompletableFuture<>(), surface.ambient());
  }

  private static ObjectNode body(String input, Optional<String> previous, boolean store) {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("model", "tiny")
            .put("input", input)
            .put("store", store);
    previous.ifPresent(id -> body.put("previous_response_id", id));
    return body;
  }
}
