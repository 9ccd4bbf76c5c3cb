package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets a WebSocket, and what the others are told before there is one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocketAccessTest {
  private static final String PATH = "/v1/responses";

  private TestServer keyed;
  private TestServer open;

  @BeforeAll
  void start() {
    keyed =
        TestServer.start(
            Scripts::hello,
            Map.of(
                "socket.principal-max",
                2,
                "access.keys.alice.key",
                "key-of-alice",
                "access.keys.slow.key",
                "key-of-slow",
                "access.keys.slow.requests-per-minute",
                2,
                "access.keys.two.key",
                "key-of-two",
                "access.cors-origins",
                List.of("https://a.example")));
    open = TestServer.start(Scripts::hello, Map.of(), () -> 0);
  }

  @AfterAll
  void stop() {
    keyed.close();
    open.close();
  }

  @BeforeEach
  void forget() {
    keyed.engine.requests().clear();
  }

  @Test
  void withoutAKeyThereIsNoSocket() {
    assertEquals(401, refused(keyed, Map.of()));
    assertEquals(401, refused(keyed, Map.of("Authorization", "Bearer nobody")));
  }

  @Test
  void aKeyInAHeaderOpensOneForItsPrincipal() throws Exception {
    try (TestSocket socket =
        TestSocket.open(keyed, Map.of("Authorization", "Bearer key-of-alice"), true)) {
      socket.create("a", "Hi");
      socket.awaitEnded("a", 1);

      assertEquals("alice", keyed.takeRequest().principal());
    }
  }

  @Test
  void aPageBringsItsKeyAsASubprotocolAndIsToldAnother() {
    try (TestSocket socket =
        TestSocket.open(
            keyed, Map.of(), true, "responses", "openai-insecure-api-key.key-of-alice")) {
      assertEquals("responses", socket.socket().getSubprotocol());
    }
    assertEquals(401, refused(keyed, Map.of(), "responses", "openai-insecure-api-key.nobody"));
  }

  @Test
  void aPageThatOffersItsKeyOnlyIsToldWhatItOffered() {
    String key = "openai-insecure-api-key.key-of-alice";
    try (TestSocket socket = TestSocket.open(keyed, Map.of(), true, key)) {
      assertEquals(key, socket.socket().getSubprotocol());
    }
  }

  @Test
  void pagesOfOtherOriginsGetNone() throws Exception {
    for (TestServer server : List.of(keyed, open)) {
      String head = handshake(server, "Origin: https://evil.example\r\n" + key("alice"));

      assertTrue(head.startsWith("HTTP/1.1 403 "), head);
    }
    String allowed = handshake(keyed, "Origin: https://a.example\r\n" + key("alice"));
    assertTrue(allowed.startsWith("HTTP/1.1 101 "), allowed);
  }

  @Test
  void aPageThatLetsItsNameStandForThisMachineGetsNone() throws Exception {
    String rebound = handshake(open, "Origin: http://evil.example:8080\r\n", "evil.example:8080");
    String own = handshake(open, "Origin: http://localhost:8080\r\n", "localhost:8080");

    assertTrue(rebound.startsWith("HTTP/1.1 403 "), rebound);
    assertTrue(own.startsWith("HTTP/1.1 101 "), own);
  }

  @Test
  void everyRequestOnASocketCountsAgainstTheRate() throws Exception {
    try (TestSocket socket =
        TestSocket.open(keyed, Map.of("Authorization", "Bearer key-of-slow"), true)) {
      for (int i = 1; i <= 2; i++) {
        socket.create("a", "Hi");
        assertEquals("response.completed", TestSocket.type(socket.awaitEnded("a", i).getLast()));
      }

      socket.create("a", "one more");

      JsonNode error = socket.awaitEnded("a", 3).getLast();
      assertEquals("rate_limited", error.at("/error/code").asText());
      assertEquals(429, error.path("status").asInt());
      assertEquals("30", error.at("/error/headers/retry-after").asText());
    }
  }

  @Test
  void soManySocketsOfAPrincipalAreOpenAndNotOneMore() throws Exception {
    Map<String, String> headers = Map.of("Authorization", "Bearer key-of-two");
    try (TestSocket first = TestSocket.open(keyed, headers, true);
        TestSocket second = TestSocket.open(keyed, headers, true)) {
      assertEquals(429, refused(keyed, headers));
      TestServer.await(second.socket().sendClose(1000, ""));
      TestServer.await(second.closed);
      first.create("a", "Hi");
      first.awaitEnded("a", 1);
    }
    keyed.awaitNoSockets();
    TestSocket.open(keyed, headers, true).close();
  }

  @Test
  void withoutAnUpgradeItSaysWhatIsThere() throws Exception {
    HttpResponse<String> get = open.get(PATH);

    assertEquals(426, get.statusCode());
    assertEquals("websocket", get.headers().firstValue("upgrade").orElse(""));
    assertEquals("upgrade_required", TestServer.json(get.body()).at("/error/code").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-WebSocket-Version: 12, Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, 426",
    "Sec-WebSocket-Version: 13, Sec-WebSocket-Key: short, 400",
    "Sec-WebSocket-Version: 13, X-Nothing: none, 400",
    "X-Nothing: none, Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, 426",
  })
  void aBadHandshakeIsRefused(String version, String key, int status) throws Exception {
    String head =
        send(
            open,
            "GET "
                + PATH
                + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + version
                + "\r\n"
                + key
                + "\r\n\r\n");

    assertTrue(head.startsWith("HTTP/1.1 " + status + " "), head);
    assertEquals(status == 426, head.contains("Sec-WebSocket-Version: 13"), head);
  }

  @Test
  void otherPathsAreNoSockets() throws Exception {
    String head =
        send(
            open,
            """
            GET /v1/models HTTP/1.1\r
            Host: localhost\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r
            """);

    assertTrue(head.startsWith("HTTP/1.1 200 "), head);
  }

  @Test
  void anOpenSocketHasTheIdOfItsRequestAndIsCounted() throws Exception {
    String before = open.get("/metrics").body();
    String head = handshake(open, "X-Request-Id: mine-7\r\n");

    assertTrue(head.contains("x-request-id: mine-7"), head);
    assertTrue(before.contains("vllm:websocket_connections_active{model_name=\"tiny\"} "), before);
    assertFalse(before.equals(open.get("/metrics").body()), "one more was opened");
  }

  private static String key(String name) {
    return "Authorization: Bearer key-of-" + name + "\r\n";
  }

  private static String handshake(TestServer server, String headers) throws IOException {
    return handshake(server, headers, "localhost:8080");
  }

  private static String handshake(TestServer server, String headers, String host)
      throws IOException {
    return send(
        server,
        "GET "
            + PATH
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + headers
            + "\r\n");
  }

  /** The head of the answer. */
  private static String send(TestServer server, String request) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(server.address());
      socket.setSoTimeout((int) TestServer.LONG.toMillis());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      StringBuilder head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          throw new AssertionError("the connection ended after " + head);
        }
        head.append((char) next);
      }
      return head.toString();
    }
  }

  /** The status with which a handshake was refused. */
  static int refused(TestServer server, Map<String, String> headers, String... protocols) {
    CompletionException refusal =
        assertThrows(
            CompletionException.class,
            () -> TestSocket.open(server, headers, true, protocols).close());
    return refusal.getCause() instanceof WebSocketHandshakeException handshake
        ? handshake.getResponse().statusCode()
        : -1;
  }
}
