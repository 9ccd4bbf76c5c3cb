package io.lorikeet.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes that are no HTTP request. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokenRequestsTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /%zz HTTP/1.1, 400, request_invalid",
    "GET /health HTTP/3.9, 505, http_version_unsupported",
    "BREW /health HTTP/1.1, 501, method_unknown",
    "GET /health HTTP/1.1|Content-Length: 1e3, 400, request_invalid",
    "GET /health HTTP/1.1|Host: other, 400, request_invalid",
  })
  void areAnsweredWithAnErrorOfOpenAisForm(String head, int status, String code) throws Exception {
    String reply = reply(head.replace("|", "\r\n") + "\r\nHost: local\r\n\r\n");

    JsonNode error = body(reply).path("error");
    assertTrue(reply.startsWith("HTTP/1.1 " + status), reply);
    assertTrue(reply.contains("\r\nContent-Type: application/json\r\n"), reply);
    assertTrue(error.path("type").isTextual() && error.path("param").isNull(), reply);
    assertEquals(code, error.path("code").asText(), reply);
    assertFalse(error.path("message").asText().isEmpty(), reply);
  }

  private String reply(String request) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(Math.toIntExact(TestServer.LONG.toMillis()));
      socket.connect(server.address());
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static JsonNode body(String reply) throws IOException {
    return TestServer.json(reply.substring(reply.indexOf("\r\n\r\n")));
  }
}
