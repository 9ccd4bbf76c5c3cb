package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of requests, and what it never says. */
class RequestLogTest {
  private static final String KEY = "key-of-alice";
  private static final String PROMPT = "a very private question";

  private final Logger logger = (Logger) LoggerFactory.getLogger(Routes.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("access.keys.alice.key", KEY));
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
    logger.setLevel(null); // its parent's again
    server.close();
  }

  @Test
  void anAnswerHasALineWithItsPrincipalPathAndStatus() throws Exception {
    send(post("Bearer " + KEY).header("x-request-id", "mine-1"));

    assertEquals(List.of("request mine-1 of alice: /v1/chat/completions 200"), lines());
  }

  @Test
  void whoIsNotLetInHasALineAndItsKeyHasNone() throws Exception {
    send(post("Bearer guessed-key").header("x-request-id", "mine-2"));

    assertEquals(List.of("request mine-2 of anonymous: /v1/chat/completions 401"), lines());
  }

  @Test
  void aLookHasNone() throws Exception {
    send(server.request("/v1/models").GET().header("authorization", "Bearer " + KEY));

    assertEquals(List.of(), lines());
  }

  @Test
  void aPathIsLoggedAsItCameEncoded() throws Exception {
    send(
        server
            .request("/generate%0Arequest%20forged")
            .POST(BodyPublishers.noBody())
            .header("x-request-id", "mine-3"));

    assertEquals(List.of("request mine-3 of anonymous: /generate%0Arequest%20forged 401"), lines());
  }

  private List<String> lines() {
    List<String> lines = log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    for (String line : lines) {
      assertFalse(line.contains(KEY) || line.contains("guessed-key"), line);
      assertFalse(line.contains(PROMPT), line);
    }
    return lines;
  }

  private HttpRequest.Builder post(String authorization) {
    return server
        .request("/v1/chat/completions")
        .header("authorization", authorization)
        .header("content-type", "application/json")
        .POST(
            BodyPublishers.ofString(
                "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \""
                    + PROMPT
                    + "\"}]}"));
  }

  private void send(HttpRequest.Builder request) throws Exception {
    server.client().send(request.build(), BodyHandlers.ofString());
  }
}
