package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.actors.AdapterChange;
import io.lorikeet.actors.AdapterOrder;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.engine.error.ErrorCode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole exchanges, as they go over the wire. Each file holds method and path, the request body,
 * {@code ---}, then the status, the headers that matter and the response body. A transcript that
 * differs is left under {@code target/golden}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
  private static final String SEPARATOR = "\n---\n";
  private static final List<String> HEADERS =
      List.of(
          "allow",
          "cache-control",
          "content-type",
          "retry-after",
          "server",
          "x-accel-buffering",
          "x-adapter-id",
          "x-adapter-source",
          "x-compute-characters",
          "x-compute-time",
          "x-compute-type",
          "x-generated-tokens",
          "x-inference-time",
          "x-model-id",
          "x-prompt-tokens",
          "x-request-id",
          "x-skipped-tokens",
          "x-time-per-output-token",
          "x-time-per-token",
          "x-time-to-first-token",
          "x-total-time",
          "x-total-tokens",
          "x-validation-time");

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello);
    server.engine.texts(Scripts::text);
    server.engine.adapters(
        new AdapterStatus("pirate", "ab12", "device", "", 4096, 2),
        new AdapterStatus("team/poet", "", "registered", "", 0, 0),
        new AdapterStatus("broken", "", "failed", "`r` must be >= 1. Given: 0", 0, 0));
    server.engine.changes(GoldenTest::load, GoldenTest::unload);
  }

  private static AdapterChange load(AdapterOrder order) {
    return order.path().startsWith("/adapters/")
        ? order.name().equals("pirate") && !order.replace()
            ? new AdapterChange.Refused(
                ErrorCode.REQUEST_INVALID, "`load_inplace` must be true. Given: pirate")
            : new AdapterChange.Loaded(order.name(), "ab12")
        : new AdapterChange.Refused(ErrorCode.ADAPTER_PATH_FORBIDDEN, "not there");
  }

  private static AdapterChange unload(String name) {
    return switch (name) {
      case "pirate" -> new AdapterChange.Unloaded(name, 2);
      case "team/poet" -> new AdapterChange.Unloaded(name, 0);
      default -> new AdapterChange.Refused(ErrorCode.ADAPTER_NOT_FOUND, "no such adapter");
    };
  }

  @AfterAll
  void stop() {
    server.close();
  }

  static List<Path> files() throws IOException, URISyntaxException {
    Path folder = Path.of(GoldenTest.class.getResource("/golden").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void theServerAnswersAsWritten(Path file) throws IOException, InterruptedException {
    String golden = Files.readString(file);
    String request = golden.substring(0, golden.indexOf(SEPARATOR));

    String actual = request + SEPARATOR + transcript(send(request));

    if (!actual.equals(golden)) {
      Path left = Path.of("target", "golden", file.getFileName().toString());
      Files.createDirectories(left.getParent());
      Files.writeString(left, actual);
    }
    assertEquals(golden, actual);
  }

  private HttpResponse<String> send(String request) throws IOException, InterruptedException {
    int endOfHead = request.indexOf('\n');
    String head = endOfHead < 0 ? request : request.substring(0, endOfHead);
    int space = head.indexOf(' ');
    HttpRequest.Builder builder = server.request(head.substring(space + 1));
    HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.noBody();
    if (endOfHead >= 0) {
      builder.header("content-type", "application/json");
      body = HttpRequest.BodyPublishers.ofString(request.substring(endOfHead + 1));
    }
    builder.method(head.substring(0, space), body);
    return server.client().send(builder.build(), BodyHandlers.ofString());
  }

  private static String transcript(HttpResponse<String> response) {
    StringBuilder text = new StringBuilder("HTTP " + response.statusCode() + "\n");
    for (String header : HEADERS) {
      response
          .headers()
          .firstValue(header)
          .ifPresent(value -> text.append(header).append(": ").append(value).append('\n'));
    }
    return text.append('\n').append(response.body()).append('\n').toString();
  }
}
