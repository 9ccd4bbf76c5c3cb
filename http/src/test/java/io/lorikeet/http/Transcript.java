package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Exchanges as files: method and path, request headers if there are some, the request body, {@code
 * ---}, then the status, the headers that matter and the response body. Before each further
 * exchange stands {@code ===}. With {@code -Dlorikeet.write-docs=true} the files are written anew,
 * from their requests; else a transcript that differs is left under {@code target/golden}.
 */
final class Transcript {
  private static final Pattern NEXT = Pattern.compile("(?m)^===\n");
  private static final String SEPARATOR = "\n---\n";
  private static final List<String> HEADERS =
      List.of(
          "allow",
          "cache-control",
          "content-type",
          "request-id",
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
          "x-validation-time",
          "www-authenticate");

  private Transcript() {}

  static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files =
        Files.list(
            Path.of(
                System.getProperty("lorikeet.root"), "http", "src", "test", "resources", folder))) {
      return files.sorted().toList();
    }
  }

  /** Sends the requests of a file one after another and compares all that comes back. */
  static void check(Path file, TestServer server) throws IOException, InterruptedException {
    String golden = Files.readString(file);
    List<String> exchanges = new ArrayList<>();
    for (String exchange : NEXT.splitAsStream(golden).toList()) {
      String request = exchange.substring(0, exchange.indexOf(SEPARATOR));
      exchanges.add(request + SEPARATOR + transcript(send(request, server)));
    }
    String actual = String.join("===\n", exchanges);
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      Files.writeString(file, actual);
      return;
    }
    if (!actual.equals(golden)) {
      Path left = Path.of("target", "golden", file.getFileName().toString());
      Files.createDirectories(left.getParent());
      Files.writeString(left, actual);
    }
    assertEquals(golden, actual);
  }

  private static HttpResponse<String> send(String request, TestServer server)
      throws IOException, InterruptedException {
    List<String> lines = request.lines().toList();
    String head = lines.getFirst();
    int space = head.indexOf(' ');
    HttpRequest.Builder builder = server.request(head.substring(space + 1));
    int at = 1;
    while (at < lines.size() && lines.get(at).matches("[a-z-]+: .*")) {
      int colon = lines.get(at).indexOf(": ");
      builder.header(lines.get(at).substring(0, colon), lines.get(at).substring(colon + 2));
      at++;
    }
    HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.noBody();
    if (at < lines.size()) {
      builder.header("content-type", "application/json");
      body =
          HttpRequest.BodyPublishers.ofString(String.join("\n", lines.subList(at, lines.size())));
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
