package io.lorikeet.cli.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lorikeet.cli.fuzz.Wire.Sent;
import io.lorikeet.cli.fuzz.WireClient.End;
import io.lorikeet.cli.fuzz.WireClient.Heard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Set;

/** What a server may say, whatever a client did. */
final class Rules {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Reasons to try again later that are no fault of the server's. */
  private static final Set<String> HONEST_503 =
      Set.of("queue_timeout", "adapter_load_timeout", "executor_lost");

  private Rules() {}

  /**
   * Checks everything that a client heard.
   *
   * @return the statuses
   * @throws AssertionError where the server misbehaved
   */
  static List<Integer> check(Wire wire, Heard heard) {
    boolean head = wire.request() instanceof Sent.One one && one.method().equals("HEAD");
    List<Reply> replies = Replies.read(heard.bytes(), head, heard.end() == End.CLOSED);
    for (Reply reply : replies) {
      check(wire, heard.end(), reply);
    }
    if (wire.request() instanceof Sent.One && wire.reads() && heard.end() == End.CLOSED) {
      that(replies.size() == 1, "there are " + replies.size() + " responses to one request");
    }
    return replies.stream().map(Reply::status).toList();
  }

  private static void check(Wire wire, End end, Reply reply) {
    if (!reply.whole()) {
      that(end != End.CLOSED, "a response of status " + reply.status() + " was cut");
      return;
    }
    String type = reply.header("content-type");
    if (reply.status() < 400) {
      checkGood(wire, reply, type);
      return;
    }
    if (reply.body().length == 0 && wire.request() instanceof Sent.One(String method, _, _)) {
      that(method.equals("HEAD"), "an error without a body");
      return;
    }
    that(type.equals("application/json"), "an error of type " + type + ": " + shown(reply));
    JsonNode error = json(reply.body());
    String code = checkError(wire, error);
    switch (reply.status()) {
      case 500, 502 -> throw new AssertionError("a server's fault: " + error);
      case 501, 505 ->
          that(!(wire.request() instanceof Sent.One), "a good request is not understood: " + error);
      case 503 -> that(HONEST_503.contains(code), "no honest 503: " + error);
      case 504 -> that(code.equals("deadline_exceeded"), "no honest 504: " + error);
      default -> that(reply.status() < 500, "status " + reply.status() + ": " + error);
    }
  }

  private static void checkGood(Wire wire, Reply reply, String type) {
    if (wire.request() instanceof Sent.One(_, _, boolean streams) && reply.status() == 200) {
      that(!reply.header("x-request-id").isEmpty(), "a response without a request id");
      if (type.startsWith("text/event-stream")) {
        that(streams, "an unasked stream");
      }
    }
    if (type.equals("application/json") && reply.body().length > 0) {
      json(reply.body());
    } else if (type.startsWith("text/event-stream")) {
      checkEvents(text(reply.body()));
    }
  }

  /** Each event is one line of data, and the last one is an end. */
  private static void checkEvents(String text) {
    that(text.endsWith("\n\n"), "a stream that ends within an event");
    String last = "";
    for (String event : text.substring(0, text.length() - 2).split("\n\n", -1)) {
      if (event.startsWith(":")) {
        continue;
      }
      List<String> lines = event.lines().toList();
      String data = lines.getLast();
      that(
          data.startsWith("data:")
              && (lines.size() == 1 || (lines.size() == 2 && lines.get(0).startsWith("event: "))),
          "an event: " + event);
      last = data.substring("data:".length()).strip();
      if (!last.equals("[DONE]")) {
        json(last.getBytes(UTF_8));
      }
    }
    that(isEnd(last), "a stream without its end: " + last);
  }

  private static boolean isEnd(String data) {
    if (data.equals("[DONE]")) {
      return true;
    }
    JsonNode event = json(data.getBytes(UTF_8));
    return event.has("error")
        || event.path("generated_text").isTextual()
        || event.path("type").asText().equals("message_stop")
        || event.path("type").asText().matches("response\\.(completed|failed|incomplete)");
  }

  /** An error of any family, of the path's where that stands as it came; its code. */
  private static String checkError(Wire wire, JsonNode body) {
    JsonNode error = body.path("error");
    boolean openai =
        error.path("message").isTextual()
            && error.path("type").isTextual()
            && error.has("param")
            && error.path("code").isTextual();
    boolean lorax =
        error.isTextual() && body.path("error_type").isTextual() && body.path("code").isTextual();
    boolean anthropic =
        body.path("type").asText().equals("error")
            && error.path("type").isTextual()
            && error.path("message").isTextual();
    if (wire.request() instanceof Sent.One(_, String path, _) && !path.contains("/.")) {
      boolean fits =
          path.startsWith("/v1/messages")
              ? anthropic
              : path.startsWith("/v1/") ? openai && !anthropic : lorax;
      that(fits, "an error of another family than that of " + path + ": " + body);
    }
    that(openai || lorax || anthropic, "an error without its form: " + body);
    return error.isTextual() ? body.path("code").asText() : error.path("code").asText();
  }

  static JsonNode json(byte[] bytes) {
    String text = text(bytes);
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError("the server wrote no JSON: " + brief(text), e);
    }
  }

  private static String text(byte[] bytes) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new AssertionError("the server wrote no UTF-8", e);
    }
  }

  private static String shown(Reply reply) {
    return reply.status() + " " + brief(new String(reply.body(), UTF_8));
  }

  private static String brief(String text) {
    return text.length() > 300 ? text.substring(0, 300) + "..." : text;
  }

  private static void that(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
