package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.ScriptedEngine.Played;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.http.socket.ClientFrames;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How WebSockets end: by the clock, by the server, by frames that no good client sends. */
class SocketCloseTest {
  private static final String CREATE =
      "{\"type\": \"response.create\", \"model\": \"tiny\", \"input\": \"Hi\"}";

  @Test
  void aSocketThatNobodyUsesIsClosed() {
    try (TestServer server = start(Map.of("socket.idle", "100ms"));
        TestSocket socket = TestSocket.open(server)) {
      assertEquals(1000, TestServer.await(socket.closed));
    }
  }

  @Test
  void aSocketWithARunningResponseIsInUse() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    try (TestServer server =
            start(
                Map.of("socket.idle", "200ms", "socket.ping", "50ms", "socket.pong-wait", "30s"));
        TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> play(Stream.empty(), start));
      socket.create("a", "Hi");
      for (int pings = 0; pings < 8; pings++) {
        socket.awaitPing();
      }
      assertFalse(socket.closed.isDone());

      socket.cancel("a");

      assertEquals("response.incomplete", TestSocket.type(socket.awaitEnded("a", 1).getLast()));
      assertEquals(1000, TestServer.await(socket.closed));
    }
  }

  @Test
  void aClientThatAnswersNoPingIsGone() throws Exception {
    try (TestServer server = start(Map.of("socket.ping", "50ms", "socket.pong-wait", "200ms"));
        RawSocket socket = RawSocket.open(server)) {
      server.engine.script(_ -> endless("word "));
      socket.write(ClientFrames.text(CREATE));
      Played played = server.takePlayed();

      assertEquals(1008, socket.closeCode());
      assertFalse(TestServer.await(played.finished()));
    }
  }

  @Test
  void aClientThatAnswersPingsStays() throws Exception {
    try (TestServer server = start(Map.of("socket.ping", "20ms", "socket.pong-wait", "300ms"));
        TestSocket socket = TestSocket.open(server)) {
      for (int pings = 0; pings < 25; pings++) {
        socket.awaitPing();
      }
      assertFalse(socket.closed.isDone());
    }
  }

  @Test
  void aServerThatStopsLetsWhatRunsEnd() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    try (TestServer server = start(Map.of());
        TestSocket quiet = TestSocket.open(server);
        TestSocket busy = TestSocket.open(server)) {
      server.engine.script(
          _ -> play(Stream.of(piece("last"), new GenerationEvent.Completed(1, 1)), start));
      busy.create("a", "Hi");
      busy.awaitBegun("a", 1);

      CompletableFuture<?> stopped = server.server().stop().toCompletableFuture();

      assertEquals(1001, TestServer.await(quiet.closed));
      busy.create("b", "too late");
      assertEquals("shutting_down", busy.awaitEnded("b", 1).getLast().at("/error/code").asText());
      start.complete(null);
      assertEquals("last", TestSocket.text(busy.awaitEnded("a", 1)));
      assertEquals(1001, TestServer.await(busy.closed));
      TestServer.await(stopped);
    }
  }

  @Test
  void aServerThatStopsWaitsNoLongerThanItsDrain() throws Exception {
    try (TestServer server = start(Map.of("server.drain", "200ms"));
        TestSocket socket = TestSocket.open(server)) {
      server.engine.script(_ -> endless("word "));
      socket.create("a", "for ever");
      Played played = server.takePlayed();

      TestServer.await(server.server().stop().toCompletableFuture());

      assertEquals(1001, TestServer.await(socket.closed));
      assertFalse(TestServer.await(played.finished()));
    }
  }

  static Stream<Arguments> broken() {
    byte[] half = {(byte) 0xf0, (byte) 0x9f};
    return Stream.of(
        Arguments.of("an unmasked frame", new byte[] {(byte) 0x81, 2, '{', '}'}, 1002),
        Arguments.of("an extension's bit", ClientFrames.frame(0xc1, half), 1002),
        Arguments.of("a continuation of nothing", ClientFrames.frame(0x80, half), 1002),
        Arguments.of("text that is not UTF-8", ClientFrames.frame(0x81, half), 1007),
        Arguments.of("a head that promises too much", ClientFrames.head(0x81, 1L << 40), 1009),
        Arguments.of("a close code that cannot be", ClientFrames.close(1005), 1002),
        Arguments.of("a close", ClientFrames.close(4000), 4000));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void framesThatBreakTheProtocolCloseTheSocketAndCancelWhatRuns(
      String what, byte[] frames, int code) throws Exception {
    try (TestServer server = start(Map.of("socket.close-wait", "200ms"));
        RawSocket socket = RawSocket.open(server)) {
      server.engine.script(_ -> endless("word "));
      socket.write(ClientFrames.text(CREATE));
      Played played = server.takePlayed();

      socket.write(frames);

      assertEquals(code, socket.closeCode(), what);
      assertFalse(TestServer.await(played.finished()));
      server.awaitNoSockets();
    }
  }

  @Test
  void aConnectionThatEndsWithinAFrameLeavesNothing() throws Exception {
    try (TestServer server = start(Map.of())) {
      server.engine.script(_ -> endless("word "));
      byte[] create = ClientFrames.text(CREATE);
      try (RawSocket socket = RawSocket.open(server)) {
        socket.write(create);
        server.takePlayed();
        socket.write(List.of(create).getFirst(), create.length / 2);
      }
      server.awaitNoSockets();
    }
  }

  @Test
  void pingsOfAClientAreAnsweredWithTheirBytes() throws Exception {
    try (TestServer server = start(Map.of());
        RawSocket socket = RawSocket.open(server)) {
      socket.write(ClientFrames.frame(0x89, "there?".getBytes(StandardCharsets.US_ASCII)));

      RawSocket.Frame pong = socket.read();

      assertEquals(0x8a, pong.first());
      assertArrayEquals("there?".getBytes(StandardCharsets.US_ASCII), pong.payload());
    }
  }

  // Refused events whose answers are not read must not pile up. A socket that is read no further is
  // idle; as its answers cannot go out, only a cut ends what the client still writes.
  @Test
  void aClientThatFloodsAndDoesNotReadIsReadNoFurtherAndCut() throws Exception {
    int most = 200_000;
    try (TestServer server = start(Map.of("socket.idle", "1s", "socket.close-wait", "200ms"));
        RawSocket socket = RawSocket.open(server, 4096)) {
      byte[] bad = ClientFrames.text("{\"type\": \"" + "x".repeat(1000) + "\"}");
      CompletableFuture<Integer> written = new CompletableFuture<>();
      Thread flood =
          Thread.startVirtualThread(() -> {
            int count = 0;
            try {
              while (count < most) {
                socket.write(bad);
                count++;
              }
            } catch (IOException e) {
              // The server cut the connection.
            }
            written.complete(count);
          });

      server.awaitNoSockets();

      assertTrue(TestServer.await(written) < most);
      flood.join();
    }
  }

  private static TestServer start(Map<String, Object> settings) {
    return TestServer.start(Scripts::hello, settings, () -> 0);
  }

  private static Script endless(String text) {
    return play(Stream.generate(() -> piece(text)), CompletableFuture.completedFuture(null));
  }

  private static Script play(Stream<GenerationEvent> events, CompletableFuture<Void> start) {
    return new Script.Play(List.of(new int[] {1}), Answer.Sum.BASE, events.iterator(), start);
  }

  private static GenerationEvent piece(String text) {
    return new Piece(0, text, List.of(1), List.of());
  }

  /** A connection on which a test writes whatever bytes it likes after a good handshake. */
  private record RawSocket(Socket socket) implements AutoCloseable {
    record Frame(int first, byte[] payload) {}

    static RawSocket open(TestServer server) throws IOException {
      return open(server, 1 << 16);
    }

    /**
     * @param buffer bytes that the system takes in before they are read, about
     */
    static RawSocket open(TestServer server, int buffer) throws IOException {
      Socket socket = new Socket();
      socket.setReceiveBufferSize(buffer);
      socket.connect(server.address());
      socket.setSoTimeout((int) TestServer.LONG.toMillis());
      RawSocket raw = new RawSocket(socket);
      raw.write(
          """
          GET /v1/responses HTTP/1.1\r
          Host: localhost\r
          Upgrade: websocket\r
          Connection: Upgrade\r
          Sec-WebSocket-Version: 13\r
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
          \r
          """
              .getBytes(StandardCharsets.US_ASCII));
      StringBuilder head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        head.append((char) socket.getInputStream().read());
      }
      assertTrue(head.toString().startsWith("HTTP/1.1 101 "), head.toString());
      assertTrue(head.toString().contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), head.toString());
      return raw;
    }

    void write(byte[] bytes) throws IOException {
      write(bytes, bytes.length);
    }

    void write(byte[] bytes, int length) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes, 0, length);
      out.flush();
    }

    Frame read() throws IOException {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int first = in.readUnsignedByte();
      int small = in.readUnsignedByte();
      int length = small == 126 ? in.readUnsignedShort() : small;
      return new Frame(first, in.readNBytes(length));
    }

    /** Reads up to the close frame. */
    int closeCode() throws IOException {
      while (true) {
        Frame frame = read();
        if (frame.first() == 0x88) {
          return (frame.payload()[0] & 0xff) << 8 | (frame.payload()[1] & 0xff);
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
