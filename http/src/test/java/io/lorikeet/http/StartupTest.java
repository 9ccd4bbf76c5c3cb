package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.exchange.Body;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.lorax.StartupEndpoint;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code GET /startup}: one token of the base, or the reason why there is none. */
class StartupTest {
  private static final List<GenerationEvent> TOKEN =
      List.of(new ChoiceEnded(0, FinishReason.LENGTH, Optional.empty(), 1), new Completed(1, 1));

  private final TestServer server = TestServer.start(_ -> play(TOKEN.iterator()));

  @AfterEach
  void stop() {
    server.close();
  }

  private static Script play(Iterator<GenerationEvent> events) {
    return new Script.Play(
        List.of(new int[] {0}), Answer.Sum.BASE, events, CompletableFuture.completedStage(null));
  }

  @Test
  void theBaseWritesOneToken() throws Exception {
    assertEquals(200, server.get("/startup").statusCode());

    Generation generation = server.takeRequest();
    assertEquals(OptionalInt.of(1), generation.maxNewTokens());
    assertTrue(generation.ending().ignoreEos());
    assertTrue(server.takePlayed().finished().join());
  }

  @Test
  void aRefusalIsAFailure() throws Exception {
    server.engine.script(_ -> new Script.Reject(ErrorCode.EXECUTOR_LOST, "the engine has stopped"));

    assertFailure("the engine has stopped");
  }

  @Test
  void anAnswerThatBreaksIsAFailureAndTheNextAttemptIsANewOne() throws Exception {
    Failed failed = new Failed(ErrorCode.ROW_FAILED, "not finite");
    server.engine.script(_ -> play(List.<GenerationEvent>of(failed).iterator()));

    assertFailure("not finite");

    server.engine.script(_ -> play(TOKEN.iterator()));
    assertEquals(200, server.get("/startup").statusCode());
  }

  private void assertFailure(String reason) throws Exception {
    var response = server.get("/startup");

    JsonNode body = TestServer.json(response.body());
    assertEquals(500, response.statusCode());
    assertEquals(reason, body.path("error").asText());
    assertEquals("healthcheck", body.path("error_type").asText());
  }

  @Test
  void thoseWhoAskAtTheSameTimeShareOneAttempt() throws Exception {
    CompletableFuture<String> start = new CompletableFuture<>();
    server.engine.script(
        _ -> new Script.Play(List.of(new int[] {0}), Answer.Sum.BASE, TOKEN.iterator(), start));
    Ambient ambient = Ambient.system();
    StartupEndpoint endpoint =
        new StartupEndpoint(
            new Surface(
                server.engine,
                SettingsReader.read(Optional.empty(), Map.of()),
                SamplingDefaults.NONE,
                ambient,
                new Body.Reader(server.engine.system(), 1, TestServer.LONG),
                "build"));
    Call call = Call.of(HttpRequest.GET("/startup"), new CompletableFuture<>(), ambient);

    CompletableFuture<HttpResponse> first = endpoint.answer(call).toCompletableFuture();
    CompletableFuture<HttpResponse> second = endpoint.answer(call).toCompletableFuture();
    start.complete("now");

    assertEquals(200, TestServer.await(first).status().intValue());
    assertEquals(200, TestServer.await(second).status().intValue());
    assertEquals(1, server.engine.requests().size());
  }
}
