package io.lorikeet.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.http.contract.Contract;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's WebSocket at {@code /v1/responses}, read as events come. Closed by its test. */
final class TestSocket implements WebSocket.Listener, AutoCloseable {
  private static final String PATH = "/v1/responses";

  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final BlockingQueue<String> pings = new LinkedBlockingQueue<>();

  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final List<JsonNode> seen = new ArrayList<>();
  private final StringBuilder part = new StringBuilder();
  private final boolean reads;
  private volatile @Nullable WebSocket socket;

  private TestSocket(boolean reads) {
    this.reads = reads;
  }

  static TestSocket open(TestServer server) {
    return open(server, Map.of(), true);
  }

  /** One that never takes what was sent to it. */
  static TestSocket stuck(TestServer server) {
    return open(server, Map.of(), false);
  }

  /** Fails with what the JDK's client throws where the server refuses the upgrade. */
  static TestSocket open(
      TestServer server, Map<String, String> headers, boolean reads, String... protocols) {
    TestSocket socket = new TestSocket(reads);
    WebSocket.Builder builder = server.client().newWebSocketBuilder();
    headers.forEach(builder::header);
    if (protocols.length > 0) {
      builder.subprotocols(
          protocols[0], List.of(protocols).subList(1, protocols.length).toArray(String[]::new));
    }
    URI http = server.request(PATH).build().uri();
    URI uri = URI.create(http.toString().replace("http:", "ws:"));
    socket.socket = TestServer.await(builder.buildAsync(uri, socket));
    return socket;
  }

  WebSocket socket() {
    WebSocket open = socket;
    if (open == null) {
      throw new AssertionError("not open");
    }
    return open;
  }

  void send(String text) {
    TestServer.await(socket().sendText(text, true));
  }

  /** Asks the small model. */
  void create(String lane, String input) {
    send(
        "{\"type\": \"response.create\", \"stream_id\": \"%s\", \"model\": \"tiny\", \"input\":"
                .formatted(lane)
            + " \""
            + input
            + "\"}");
  }

  void cancel(String lane) {
    send("{\"type\": \"response.cancel\", \"stream_id\": \"" + lane + "\"}");
  }

  /** The next event of any lane, as the server's description has it. */
  JsonNode take() throws InterruptedException {
    String message = messages.poll(TestServer.LONG.toSeconds(), TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("no event came after " + seen);
    }
    Contract.checkMessage(PATH, message);
    JsonNode event = json(message);
    seen.add(event);
    return event;
  }

  private static JsonNode json(String message) {
    try {
      return TestServer.json(message);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + message, e);
    }
  }

  /** Takes events until so many responses of a lane have begun. */
  void awaitBegun(String lane, int count) throws InterruptedException {
    while (ofLane(lane).stream().filter(event -> type(event).equals("response.created")).count()
        < count) {
      take();
    }
  }

  /** Takes events until so many responses of a lane have ended; all events of the lane. */
  List<JsonNode> awaitEnded(String lane, int count) throws InterruptedException {
    while (ofLane(lane).stream().filter(TestSocket::isLast).count() < count) {
      take();
    }
    return ofLane(lane);
  }

  /** What was taken so far of a lane. */
  List<JsonNode> ofLane(String lane) {
    return seen.stream().filter(event -> lane.equals(event.path("stream_id").asText())).toList();
  }

  static String type(JsonNode event) {
    return event.path("type").asText();
  }

  void awaitPing() throws InterruptedException {
    if (pings.poll(TestServer.LONG.toSeconds(), TimeUnit.SECONDS) == null) {
      throw new AssertionError("no ping came");
    }
  }

  static boolean isLast(JsonNode event) {
    return List.of("response.completed", "response.incomplete", "response.failed", "error")
        .contains(type(event));
  }

  static String text(List<JsonNode> events) {
    StringBuilder text = new StringBuilder();
    for (JsonNode event : events) {
      if (type(event).equals("response.output_text.delta")) {
        text.append(event.path("delta").asText());
      }
    }
    return text.toString();
  }

  @Override
  public void onOpen(WebSocket opened) {
    if (reads) {
      opened.request(1);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    part.append(data);
    if (last) {
      messages.add(part.toString());
      part.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer data) {
    pings.add("ping");
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable failure) {
    closed.completeExceptionally(failure);
  }

  @Override
  public void close() {
    socket().abort();
  }
}
