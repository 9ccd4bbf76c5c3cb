package io.lorikeet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** An HTTP client of a running server, with JSON in and out. */
final class Client {
  static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;
  private final Optional<String> key;

  Client(String url) {
    this(url, Optional.empty());
  }

  /** A client that brings an API key. */
  Client(String url, String key) {
    this(url, Optional.of(key));
  }

  private Client(String url, Optional<String> key) {
    this.url = url;
    this.key = key;
  }

  /** A status and a JSON body. */
  record Reply(int status, JsonNode body) {
    String text() {
      return body.at("/choices/0/message/content").asText();
    }

    String code() {
      return body.at("/error/code").asText();
    }
  }

  static ObjectNode chat(String model, String prompt) {
    ObjectNode request = JSON.createObjectNode().put("model", model).put("temperature", 0);
    request.putArray("messages").addObject().put("role", "user").put("content", prompt);
    return request;
  }

  Reply get(String path) {
    return reply(send(builder(path).GET().build()));
  }

  Reply post(String path, JsonNode body) {
    return postText(path, body.toString());
  }

  Reply postText(String path, String body) {
    return reply(send(request(path, body)));
  }

  CompletableFuture<Reply> postLater(String path, JsonNode body) {
    return http.sendAsync(request(path, body.toString()), BodyHandlers.ofString())
        .thenApply(Client::reply);
  }

  /** All events of a stream as JSON, without the closing {@code [DONE]}, which must be there. */
  List<JsonNode> events(String path, ObjectNode body) {
    HttpResponse<String> response = send(request(path, body.put("stream", true).toString()));
    List<JsonNode> events = new ArrayList<>();
    List<String> data =
        response
            .body()
            .lines()
            .filter(l -> l.startsWith("data:"))
            .map(l -> l.substring(5))
            .toList();
    for (String event : data.subList(0, data.size() - 1)) {
      events.add(parse(event));
    }
    if (!data.getLast().strip().equals("[DONE]")) {
      throw new AssertionError("the stream must end with [DONE]. Given: " + data.getLast());
    }
    return events;
  }

  /** All events of a stream that ends without a mark, as LoRAX's do. */
  List<JsonNode> allEvents(String path, String body) {
    return send(request(path, body))
        .body()
        .lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> parse(line.substring("data:".length())))
        .toList();
  }

  /** The lines of a stream that goes on; closing it closes the connection. */
  Stream<String> openLines(String path, ObjectNode body) {
    try {
      return http.send(request(path, body.put("stream", true).toString()), BodyHandlers.ofLines())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest request(String path, String body) {
    return builder(path)
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private HttpRequest.Builder builder(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path));
    key.ifPresent(k -> builder.header("authorization", "Bearer " + k));
    return builder;
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Reply reply(HttpResponse<String> response) {
    return new Reply(response.statusCode(), parse(response.body()));
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }
}
