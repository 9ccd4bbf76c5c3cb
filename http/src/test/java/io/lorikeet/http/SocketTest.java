package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.ScriptedEngine.Played;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.engine.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses over a WebSocket: lanes, their order, their ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocketTest {
  private static final String CHAT =
      "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}],"
          + " \"stream\": true}";
  private static final int LANES = 4;
  private static final int QUEUED = 2;
  private static final int MESSAGE = 2000;

  private TestServer server;

  @BeforeAll
  void start() {
    server =
        TestServer.start(
            Scripts::hello,
            Map.of(
                "socket.close-wait", "500ms",
                "socket.lanes-max", LANES,
                "socket.queued-max", QUEUED,
                "socket.message-bytes-max", MESSAGE),
            () -> 0);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.engine.script(Scripts::hello);
    server.engine.played().clear();
    server.engine.requests().clear();
  }

  @Test
  void aResponseComesAsTheEventsOfItsLane() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.create("main", "Hi");

      List<JsonNode> events = socket.awaitEnded("main", 1);

      assertEquals("response.created", TestSocket.type(events.getFirst()));
      assertEquals("response.completed", TestSocket.type(events.getLast()));
      assertEquals("Hello \"\ud83e\udd9c\"\n", TestSocket.text(events));
      for (int i = 0; i < events.size(); i++) {
        assertEquals(i, events.get(i).path("sequence_number").asInt(-1));
      }
    }
  }

  @Test
  void theLaneWithoutANameHasEventsWithoutOne() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.send("{\"type\": \"response.create\", \"model\": \"tiny\", \"input\": \"Hi\"}");

      for (JsonNode event : socket.awaitEnded("", 1)) {
        assertFalse(event.has("stream_id"), event.toString());
      }
    }
  }

  @Test
  void lanesRunSideBySideWhicheverBeganFirst() throws Exception {
    CompletableFuture<Void> one = new CompletableFuture<>();
    CompletableFuture<Void> two = new CompletableFuture<>();
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> says("one", one));
      socket.create("a", "first");
      socket.awaitBegun("a", 1);
      server.engine.script(_ -> says("two", two));
      socket.create("b", "second");
      socket.awaitBegun("b", 1);
      server.engine.script(Scripts::hello);
      socket.create("c", "third");

      socket.awaitEnded("c", 1);
      two.complete(null);
      List<JsonNode> second = socket.awaitEnded("b", 1);
      assertEquals("", TestSocket.text(socket.ofLane("a")));
      one.complete(null);
      List<JsonNode> first = socket.awaitEnded("a", 1);

      assertEquals("two", TestSocket.text(second));
      assertEquals("one", TestSocket.text(first));
    }
  }

  @Test
  void aLaneAnswersOneAfterTheOther() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> says("one", start));
      socket.create("a", "first");
      socket.awaitBegun("a", 1);
      server.engine.script(Scripts::hello);
      socket.create("a", "second");
      socket.create("a", "third");
      socket.create("fence", "x");
      socket.awaitEnded("fence", 1);
      assertEquals(2, server.engine.requests().size(), "the lane's first and the fence");

      start.complete(null);
      List<JsonNode> events = socket.awaitEnded("a", 3);

      List<String> order =
          events.stream()
              .map(TestSocket::type)
              .filter(type -> type.equals("response.created") || type.equals("response.completed"))
              .toList();
      assertEquals(
          List.of(
              "response.created",
              "response.completed",
              "response.created",
              "response.completed",
              "response.created",
              "response.completed"),
          order);
    }
  }

  @Test
  void cancellingALaneEndsWhatRunsAndLetsTheNextRun() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> endless("word "));
      socket.create("a", "for ever");
      socket.awaitBegun("a", 1);
      Played played = server.takePlayed();
      server.engine.script(Scripts::hello);
      socket.create("a", "next");

      socket.cancel("a");
      List<JsonNode> events = socket.awaitEnded("a", 2);

      assertFalse(TestServer.await(played.finished()));
      assertEquals("response.completed", TestSocket.type(events.getLast()));
      assertEquals(
          1,
          events.stream()
              .filter(event -> TestSocket.type(event).equals("response.incomplete"))
              .count());
    }
  }

  @Test
  void aResponseIsCancelledByItsIdFromAnyLane() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> endless("word "));
      socket.create("a", "for ever");
      socket.awaitBegun("a", 1);
      Played played = server.takePlayed();
      String id = socket.ofLane("a").getFirst().at("/response/id").asText();

      socket.send("{\"type\": \"response.cancel\", \"response_id\": \"" + id + "\"}");

      List<JsonNode> events = socket.awaitEnded("a", 1);
      assertEquals("response.incomplete", TestSocket.type(events.getLast()));
      assertFalse(TestServer.await(played.finished()));
    }
  }

  @Test
  void aCancelOfNothingIsAnErrorOfItsLane() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.cancel("a");
      JsonNode nothing = socket.take();
      socket.send("{\"type\": \"response.cancel\", \"response_id\": \"resp_none\"}");
      JsonNode unknown = socket.take();

      assertEquals("response_not_running", nothing.at("/error/code").asText());
      assertEquals("a", nothing.path("stream_id").asText());
      assertEquals("error", TestSocket.type(unknown));
      assertTrue(unknown.at("/error/message").asText().contains("resp_none"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "half {                                             | request_invalid",
        "[1]                                                | request_invalid",
        "''                                                 | request_invalid",
        "{\"model\": \"tiny\"}                              | request_invalid",
        "{\"type\": 7}                                      | request_invalid",
        "{\"type\": \"session.update\"}                     | unknown_event_type",
        "{\"type\": \"response.create\", \"stream_id\": \"\"} | invalid_stream_id",
        "{\"type\": \"response.create\", \"stream_id\": 7}  | invalid_stream_id",
        "{\"type\": \"response.create\", \"stream_id\": \"a b\"} | invalid_stream_id",
        "{\"type\": \"response.create\", \"stream\": false}  | parameter_unsupported",
        "{\"type\": \"response.create\", \"background\": true} | parameter_unsupported",
        "{\"type\": \"response.create\", \"generate\": false} | parameter_unsupported",
        "{\"type\": \"response.create\"}                    | request_invalid",
      })
  void aBadEventIsAnErrorAndTheSocketGoesOn(String message, String code) throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.send(message);
      JsonNode error = socket.take();

      assertEquals("error", TestSocket.type(error), error.toString());
      assertEquals(code, error.at("/error/code").asText(), error.toString());
      assertEquals(400, error.path("status").asInt());
      assertFalse(error.has("stream_id"));
      socket.create("a", "Hi");
      assertEquals("response.completed", TestSocket.type(socket.awaitEnded("a", 1).getLast()));
    }
  }

  @Test
  void anErrorHasTheShapeOfOpenAis() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.send("{\"type\": \"response.create\", \"stream_id\": \"a\", \"input\": \"Hi\"}");

      assertEquals(
          TestServer.json(
              "{\"type\": \"error\", \"status\": 400, \"stream_id\": \"a\", \"error\": {\"message\":"
                  + " \"`model` is required\", \"type\": \"invalid_request_error\", \"param\":"
                  + " \"model\", \"code\": \"request_invalid\"}}"),
          socket.take());
    }
  }

  @Test
  void aBinaryMessageIsAnErrorAndTheSocketGoesOn() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      TestServer.await(socket.socket().sendBinary(ByteBuffer.wrap(new byte[] {1, 2}), true));
      JsonNode error = socket.take();

      assertEquals("request_invalid", error.at("/error/code").asText());
      socket.create("a", "Hi");
      socket.awaitEnded("a", 1);
    }
  }

  @Test
  void aRefusalEndsOnlyItsOwnTurn() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> says("one", start));
      socket.create("other", "first");
      socket.awaitBegun("other", 1);
      server.engine.script(_ -> new Script.Reject(ErrorCode.QUEUE_FULL, "1024 requests wait"));
      socket.create("a", "refused");
      JsonNode error = socket.awaitEnded("a", 1).getLast();
      server.engine.script(Scripts::hello);
      socket.create("a", "next");
      List<JsonNode> next = socket.awaitEnded("a", 2);
      start.complete(null);

      assertEquals("queue_full", error.at("/error/code").asText());
      assertEquals(429, error.path("status").asInt());
      assertEquals("response.completed", TestSocket.type(next.getLast()));
      assertEquals("one", TestSocket.text(socket.awaitEnded("other", 1)));
    }
  }

  @Test
  void aRefusalBehindAnAnswerIsToldInItsTurn() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      for (int round = 1; round <= 20; round++) {
        socket.create("a", "Hi");
        socket.send("{\"type\": \"response.create\", \"stream_id\": \"a\", \"background\": true}");

        List<JsonNode> events = socket.awaitEnded("a", 2 * round);

        assertEquals("error", TestSocket.type(events.getLast()));
        assertEquals("response.completed", TestSocket.type(events.get(events.size() - 2)));
      }
    }
  }

  @Test
  void soManyLanesRunAndNotOneMore() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> says("late", new CompletableFuture<>()));
      for (int lane = 0; lane < LANES; lane++) {
        socket.create("lane" + lane, "Hi");
        socket.awaitBegun("lane" + lane, 1);
      }

      socket.create("more", "Hi");

      JsonNode error = socket.awaitEnded("more", 1).getLast();
      assertEquals("websocket_stream_limit_reached", error.at("/error/code").asText());
      assertEquals("stream_id", error.at("/error/param").asText());
    }
  }

  @Test
  void soManyRequestsWaitInALaneAndNotOneMore() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    try (TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> says("word", start));
      for (int i = 0; i < 1 + QUEUED; i++) {
        socket.create("a", "Hi");
      }

      socket.create("a", "one more");
      JsonNode error = socket.awaitEnded("a", 1).getLast();
      start.complete(null);

      assertEquals("queue_full", error.at("/error/code").asText());
      assertEquals("wordwordword", TestSocket.text(socket.awaitEnded("a", 2 + QUEUED)));
    }
  }

  @Test
  void aMessageAtTheLimitIsReadAndOneByteMoreClosesTheSocket() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      socket.send(padded(MESSAGE));
      assertEquals("response.completed", TestSocket.type(socket.awaitEnded("a", 1).getLast()));

      socket.send(padded(MESSAGE + 1));

      assertEquals(1009, TestServer.await(socket.closed));
    }
  }

  @Test
  void theLimitHoldsForAMessageInParts() throws Exception {
    try (TestSocket socket = TestSocket.open(server)) {
      String whole = padded(MESSAGE);
      TestServer.await(socket.socket().sendText(whole.substring(0, 700), false));
      TestServer.await(socket.socket().sendText(whole.substring(700, 1400), false));
      TestServer.await(socket.socket().sendText(whole.substring(1400), true));
      assertEquals("response.completed", TestSocket.type(socket.awaitEnded("a", 1).getLast()));

      TestServer.await(socket.socket().sendText(whole, false));
      TestServer.await(socket.socket().sendText(" ", true));

      assertEquals(1009, TestServer.await(socket.closed));
    }
  }

  @Test
  void aSocketThatClosesCancelsAllItsRequests() throws Exception {
    server.engine.script(_ -> endless("word "));
    TestSocket socket = TestSocket.open(server);
    for (String lane : List.of("a", "b", "c")) {
      socket.create(lane, "for ever");
      socket.create(lane, "never");
    }
    for (String lane : List.of("a", "b", "c")) {
      socket.awaitBegun(lane, 1);
    }

    TestServer.await(socket.socket().sendClose(1000, "enough"));

    assertEquals(1000, TestServer.await(socket.closed));
    for (int i = 0; i < 3; i++) {
      assertFalse(TestServer.await(server.takePlayed().finished()));
    }
    assertEquals(3, server.engine.requests().size(), "what waited never ran");
    server.awaitNoSockets();
  }

  @Test
  void aConnectionThatBreaksCancelsAllItsRequests() throws Exception {
    server.engine.script(_ -> endless("word "));
    TestSocket socket = TestSocket.open(server);
    socket.create("a", "for ever");
    socket.awaitBegun("a", 1);
    Played played = server.takePlayed();

    socket.socket().abort();

    assertFalse(TestServer.await(played.finished()));
    server.awaitNoSockets();
  }

  @Test
  void aRequestThatIsAcceptedAfterItsSocketClosedIsLetGo() throws Exception {
    // The answer of the engine is held back until the socket has gone.
    CompletableFuture<Void> accept = new CompletableFuture<>();
    server.engine.answerAfter(accept);
    TestSocket socket = TestSocket.open(server);
    socket.create("a", "late");
    server.takeRequest();
    socket.socket().abort();
    server.awaitNoSockets();

    accept.complete(null);

    assertFalse(TestServer.await(server.takePlayed().finished()));
    server.engine.answerAfter(CompletableFuture.completedFuture(null));
  }

  @Test
  void aSocketThatIsNotReadHoldsBackOnlyItself() throws Exception {
    String large = "x".repeat(1 << 16);
    server.engine.script(_ -> endless(large));
    try (TestSocket stuck = TestSocket.stuck(server);
        TestSocket other = TestSocket.open(server)) {
      stuck.create("a", "for ever");
      stuck.create("b", "for ever");
      Played first = server.takePlayed();
      Played second = server.takePlayed();
      server.engine.script(Scripts::hello);

      // Until the stuck ones stand still while others get answer after answer.
      int answers = 0;
      int told = -1;
      while (told != first.told().get() + second.told().get()) {
        told = first.told().get() + second.told().get();
        assertTrue(told < 4000, "told " + told);
        for (int i = 0; i < 10; i++) {
          other.create("a", "Hi");
          other.awaitEnded("a", ++answers);
        }
      }
      String http = server.post("/v1/chat/completions", CHAT).body();

      assertTrue(http.endsWith("data: [DONE]\n\n"));
    }
  }

  // Whatever clients do with their sockets, in the end nothing runs for them.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2})
  void aStormOfSocketsLeavesNothingBehind(long seed) throws Exception {
    Random random = new Random(seed);
    server.engine.script(generation ->
        switch (generation.requestId().hashCode() & 3) {
          case 0 -> says("held", new CompletableFuture<>());
          case 1 -> play(pieces("x".repeat(1000), 500), done());
          default -> says("word", done());
        });
    List<TestSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      if (sockets.size() < 5) {
        sockets.add(random.nextInt(5) == 0 ? TestSocket.stuck(server) : TestSocket.open(server));
      }
      int chosen = random.nextInt(sockets.size());
      TestSocket socket = sockets.get(chosen);
      String lane = "lane" + random.nextInt(LANES + 1);
      switch (random.nextInt(10)) {
        case 0 -> socket.cancel(lane);
        case 1 -> socket.send("{\"type\": ");
        case 2 -> sockets.remove(chosen).close();
        case 3 -> TestServer.await(sockets.remove(chosen).socket().sendClose(1000, ""));
        case 4 -> {
          socket.send("x".repeat(MESSAGE + 1));
          sockets.remove(chosen);
        }
        default -> socket.create(lane, "Hi");
      }
    }
    sockets.forEach(TestSocket::close);

    server.awaitNoSockets();
    for (Played played : server.engine.played()) {
      TestServer.await(played.finished());
    }
    assertTrue(
        server.get("/metrics").body().contains("connections_active{model_name=\"tiny\"} 0\n"),
        "seed " + seed);
  }

  private static String padded(int bytes) {
    String head =
        "{\"type\": \"response.create\", \"stream_id\": \"a\", \"model\": \"tiny\", \"input\": \"";
    return head + "x".repeat(bytes - head.length() - 2) + "\"}";
  }

  private static Script says(String word, CompletableFuture<Void> start) {
    return play(pieces(word, 1), start);
  }

  private static Script endless(String text) {
    return play(Stream.generate(() -> piece(text)), done());
  }

  private static Script play(Stream<GenerationEvent> events, CompletableFuture<Void> start) {
    return new Script.Play(List.of(new int[] {1}), Answer.Sum.BASE, events.iterator(), start);
  }

  private static Stream<GenerationEvent> pieces(String text, int count) {
    return Stream.concat(
        Stream.generate(() -> piece(text)).limit(count),
        Stream.of(
            new ChoiceEnded(0, FinishReason.STOP_TOKEN, Optional.empty(), count),
            new Completed(1, count)));
  }

  private static GenerationEvent piece(String text) {
    return new Piece(0, text, List.of(1), List.of());
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }
}
