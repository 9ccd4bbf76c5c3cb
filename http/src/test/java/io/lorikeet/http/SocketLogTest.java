package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of sockets, and what it never says. */
class SocketLogTest {
  private static final String KEY = "key-of-alice";
  private static final String PROMPT = "a very private question";

  private final Logger logger = (Logger) LoggerFactory.getLogger("io.lorikeet.http.socket");
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            Scripts::hello,
            Map.of("access.keys.alice.key", KEY, "socket.principal-max", 1),
            () -> 0);
    log.start();
    logger.setLevel(Level.DEBUG);
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
    logger.setLevel(null); // its parent's again
    server.close();
  }

  @Test
  void everyRequestHasALineAndSoHasTheEndOfTheSocket() throws Exception {
    Map<String, String> headers = Map.of("x-request-id", "mine-1");
    TestSocket socket =
        TestSocket.open(server, headers, true, "responses", "openai-insecure-api-key." + KEY);
    socket.create("a", PROMPT);
    socket.awaitEnded("a", 1);
    socket.send("{\"type\": \"response.create\", \"model\": \"tiny\", \"background\": true}");
    socket.awaitEnded("", 1);
    socket.send("not JSON: " + PROMPT);
    socket.awaitEnded("", 2);
    TestServer.await(socket.socket().sendClose(1000, PROMPT));
    server.awaitNoSockets();

    assertEquals(
        List.of(
            "request mine-1.1 of alice: /v1/responses 200",
            "request mine-1.2 of alice: /v1/responses 400",
            "socket mine-1 of alice: closed with 1000 after 2 requests"),
        lines());
  }

  @Test
  void whoGetsNoSocketHasALine() {
    Map<String, String> headers =
        Map.of("x-request-id", "mine-2", "Authorization", "Bearer " + KEY);
    try (TestSocket first = TestSocket.open(server, headers, true)) {
      assertFalse(first.closed.isDone());

      assertEquals(429, SocketAccessTest.refused(server, headers));

      assertEquals(List.of("request mine-2 of alice: /v1/responses 429"), lines());
    }
  }

  private List<String> lines() {
    List<String> lines = log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    for (String line : lines) {
      assertFalse(line.contains(KEY) || line.contains(PROMPT), line);
    }
    return lines;
  }
}
