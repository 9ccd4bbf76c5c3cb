package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that send too much, too slowly or nothing, and read only when they have sent it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowClientTest {
  private static final int BODY_MAX = 1 << 20;
  private static final int CHUNK = 1 << 16;

  private TestServer server;
  private TestServer hasty; // gives up on what does not arrive

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("server.body-bytes-max", BODY_MAX));
    hasty =
        TestServer.start(
            Scripts::hello, Map.of("server.head-wait", "2s", "server.body-wait", "2s"));
  }

  @AfterAll
  void stop() {
    server.close();
    hasty.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/completions, application/json, 413",
    "/generate, application/json, 413",
    "/v1/completions, text/plain, 415",
    "/nowhere, application/json, 404",
    "/health, application/json, 405",
  })
  void aClientReadsItsRefusalAfterItHasSentEverything(String path, String type, int status)
      throws Exception {
    byte[] body = "x".repeat(BODY_MAX * 7 / 2).getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = open(server)) {
      OutputStream out = socket.getOutputStream();
      write(out, head(path, type) + "Content-Length: " + body.length + "\r\n\r\n");
      out.write(body);

      assertEquals(status, status(socket));
    }
    try (Socket socket = open(server)) {
      OutputStream out = socket.getOutputStream();
      write(out, head(path, type) + "Transfer-Encoding: chunked\r\n\r\n");
      for (int from = 0; from < body.length; from += CHUNK) {
        write(out, Integer.toHexString(CHUNK) + "\r\n");
        out.write(body, from, CHUNK);
        write(out, "\r\n");
      }
      write(out, "0\r\n\r\n");

      assertEquals(status, status(socket));
    }
  }

  @Test
  void aClientThatAsksBeforeItSendsTooMuchIsRefusedAtOnce() throws Exception {
    try (Socket socket = open(server)) {
      write(
          socket.getOutputStream(),
          head("/generate", "application/json")
              + "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n");

      assertEquals(413, status(socket));
    }
  }

  @Test
  void aBodyThatDoesNotArriveIsGivenUp() throws Exception {
    try (Socket socket = open(hasty)) {
      write(
          socket.getOutputStream(),
          head("/generate", "application/json") + "Content-Length: 10\r\n\r\n{");

      assertEquals(408, status(socket));
    }
  }

  @Test
  void aHeadThatDoesNotArriveClosesTheConnection() throws Exception {
    try (Socket socket = open(hasty)) {
      write(socket.getOutputStream(), "POST /generate HTTP/1.1\r\nHost: local");

      assertEquals(-1, socket.getInputStream().read());
    }
  }

  private static Socket open(TestServer server) throws IOException {
    Socket socket = new Socket();
    socket.setSendBufferSize(1 << 16);
    socket.setSoTimeout(Math.toIntExact(TestServer.LONG.toMillis()));
    socket.connect(server.address());
    return socket;
  }

  private static String head(String path, String type) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\n";
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static int status(Socket socket) throws IOException {
    byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
    String text = new String(line, StandardCharsets.US_ASCII);
    assertTrue(text.startsWith("HTTP/1.1 "), text);
    return Integer.parseInt(text.substring(9));
  }
}
