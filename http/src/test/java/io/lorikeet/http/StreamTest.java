package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.ScriptedEngine.Played;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.engine.error.ErrorCode;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Streams with clients that leave, stall, come all at once, and engines that fail. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String BODY =
      "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}],"
          + " \"stream\": true}";

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("server.keep-alive", "50ms"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.engine.played().clear();
  }

  @Test
  void aClientThatGoesAwayCancelsItsRequest() throws Exception {
    server.engine.script(_ -> endless("word "));
    try (Socket socket = open()) {
      assertTrue(socket.getInputStream().read() >= 0);
    }

    Played played = server.takePlayed();

    assertFalse(TestServer.await(played.finished()));
  }

  @Test
  void aClientThatGoesAwayBeforeItsWholeAnswerCancelsItsRequest() throws Exception {
    for (String path : List.of(CHAT, "/generate")) {
      String body = path.equals(CHAT) ? BODY.replace("true", "false") : "{\"inputs\": \"Hi\"}";
      server.engine.script(_ -> endless("word "));
      Socket socket = open(path, body);
      Played played = server.takePlayed();

      socket.close();

      assertFalse(TestServer.await(played.finished()));
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsBackOnlyItself() throws Exception {
    String large = "x".repeat(1 << 16);
    int many = 2000;
    server.engine.script(_ -> endless(large));
    try (Socket stuck = open()) {
      Played slow = server.takePlayed();
      server.engine.script(_ -> play(pieces(large, many).iterator(), done()));

      HttpResponse<String> other = server.post(CHAT, BODY);

      assertTrue(other.body().endsWith("data: [DONE]\n\n"));
      assertTrue(server.takePlayed().finished().getNow(false));
      assertTrue(slow.told().get() < many / 2, "told " + slow.told().get());
      assertTrue(stuck.isConnected());
    }
  }

  @Test
  void aSilentStreamIsKeptAliveByComments() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    server.engine.script(_ -> play(pieces("late", 1).iterator(), start));
    HttpResponse<Stream<String>> response =
        server.client().send(server.postRequest(CHAT, BODY), BodyHandlers.ofLines());
    List<String> lines = new ArrayList<>();

    try (Stream<String> body = response.body()) {
      body.forEach(line -> {
        lines.add(line);
        if (line.equals(": ping")) {
          start.complete(null);
        }
      });
    }

    assertEquals(": ping", lines.getFirst());
    assertTrue(lines.contains("data: [DONE]"));
  }

  @Test
  void sixtyFourClientsAtOnceGetTheirWholeAnswers() {
    server.engine.script(Scripts::hello);
    List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      responses.add(
          server.client().sendAsync(server.postRequest(CHAT, BODY), BodyHandlers.ofString()));
    }

    for (CompletableFuture<HttpResponse<String>> response : responses) {
      String body = TestServer.await(response).body();
      assertTrue(body.contains("\"Hel\"") && body.endsWith("data: [DONE]\n\n"), body);
    }
  }

  @Test
  void aFailureAfterTheHeadIsOneEventAndTheEnd() throws Exception {
    server.engine.script(_ ->
        Script.events(
            new Piece(0, "a", List.of(1), List.of()),
            new Failed(ErrorCode.ROW_FAILED, "no finite logit")));

    HttpResponse<String> response = server.post(CHAT, BODY);

    assertEquals(200, response.statusCode());
    assertTrue(
        response
            .body()
            .endsWith(
                "data: {\"error\":{\"message\":\"no finite logit\",\"type\":\"server_error\","
                    + "\"param\":null,\"code\":\"row_failed\"}}\n\ndata: [DONE]\n\n"),
        response.body());
  }

  @Test
  void aFailureBeforeAWholeAnswerHasItsStatus() throws Exception {
    server.engine.script(_ -> Script.events(new Failed(ErrorCode.DEADLINE_EXCEEDED, "too late")));

    HttpResponse<String> response = server.post(CHAT, BODY.replace("true", "false"));

    assertEquals(504, response.statusCode());
  }

  @Test
  void aRequestActorThatDiesIsAFailureOfItsRequest() throws Exception {
    server.engine.script(_ -> new Script.Die());

    assertTrue(server.post(CHAT, BODY).body().contains("\"code\":\"internal\""));
    assertEquals(500, server.post(CHAT, BODY.replace("true", "false")).statusCode());
  }

  @Test
  void aFullQueueSaysWhenToComeAgain() throws Exception {
    server.engine.script(_ -> new Script.Reject(ErrorCode.QUEUE_FULL, "1024 requests wait"));

    HttpResponse<String> response = server.post(CHAT, BODY);

    assertEquals(429, response.statusCode());
    assertEquals("1", response.headers().firstValue("retry-after").orElse(""));
  }

  @Test
  void theClientsRequestIdIsTakenOverWhereItIsPlain() throws Exception {
    server.engine.script(Scripts::hello);

    assertEquals("a-1:b_2.c", idFor("a-1:b_2.c"));
    assertEquals("0f1e2d3c", idFor("a b"));
    assertEquals("0f1e2d3c", idFor("x".repeat(129)));
  }

  @Test
  void anUnhealthyEngineIsSaidToBe() throws Exception {
    server.engine.status(false, "no step ended for 60 s");
    HttpResponse<String> response = server.get("/health");
    server.engine.status(true, "");

    assertEquals(503, response.statusCode());
    assertTrue(response.body().contains("no step ended for 60 s"));
    assertEquals(200, server.get("/health").statusCode());
  }

  @Test
  void thePageIsForBrowsersAndTheRootIsHealthForOthers() throws Exception {
    HttpResponse<String> page =
        server
            .client()
            .send(
                server.request("/").header("accept", "text/html,*/*").build(),
                BodyHandlers.ofString());

    assertTrue(page.body().contains("<html"), page.body());
    assertEquals("{\"status\":\"ok\"}", server.get("/").body());
    assertEquals(200, server.get("/page.js").statusCode());
    assertEquals(404, server.get("/package-info.class").statusCode());
  }

  private String idFor(String id) throws Exception {
    return server
        .client()
        .send(server.request("/health").header("x-request-id", id).build(), BodyHandlers.ofString())
        .headers()
        .firstValue("x-request-id")
        .orElse("");
  }

  private Socket open() throws Exception {
    return open(CHAT, BODY);
  }

  private Socket open(String path, String text) throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(server.address());
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body);
    return socket;
  }

  private static Script endless(String text) {
    Iterator<GenerationEvent> events =
        Stream.<GenerationEvent>generate(() -> new Piece(0, text, List.of(1), List.of()))
            .iterator();
    return play(events, done());
  }

  private static Script play(Iterator<GenerationEvent> events, CompletionStage<?> start) {
    return new Script.Play(List.of(new int[] {1}), Answer.Sum.BASE, events, start);
  }

  private static List<GenerationEvent> pieces(String text, int count) {
    List<GenerationEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(new Piece(0, text, List.of(1), List.of()));
    }
    events.add(new ChoiceEnded(0, FinishReason.LENGTH, Optional.empty(), count));
    events.add(new Completed(1, count));
    return events;
  }

  private static CompletionStage<Void> done() {
    return CompletableFuture.completedStage(null);
  }
}
