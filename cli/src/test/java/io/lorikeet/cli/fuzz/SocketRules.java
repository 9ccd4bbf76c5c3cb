package io.lorikeet.cli.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.cli.fuzz.WireClient.Heard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a server may say on a WebSocket, whatever a client did. */
final class SocketRules {
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int CONTROL_MAX = 125;

  private final byte[] bytes;
  private int at;

  private SocketRules(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  /**
   * Checks everything that a client heard.
   *
   * @return the kinds of messages, and the number of a close frame
   * @throws AssertionError where the server misbehaved
   */
  static List<String> check(Wire wire, Heard heard) {
    byte[] bytes = heard.bytes();
    String head = new String(bytes, ISO_8859_1);
    if (!head.startsWith("HTTP/1.1 101 ")) {
      return Rules.check(wire, heard).stream().map(String::valueOf).toList();
    }
    int end = head.indexOf("\r\n\r\n");
    return end < 0 ? List.of("101") : new SocketRules(bytes, end + 4).frames();
  }

  private List<String> frames() {
    List<String> said = new ArrayList<>(List.of("101"));
    while (at + 2 <= bytes.length) {
      int first = bytes[at] & 0xff;
      int length = bytes[at + 1] & 0xff;
      that(length < 0x80, "the server masks");
      at += 2;
      if (length == 126 || length == 127) {
        int count = length == 126 ? 2 : 8;
        if (at + count > bytes.length) {
          break;
        }
        length = number(count);
      }
      if (at + length > bytes.length) {
        break; // the client went within a frame
      }
      byte[] payload = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      that((first & 0xf0) == 0x80, "the server sends parts or flags: " + first);
      switch (first & 0x0f) {
        case TEXT -> said.add(event(payload));
        case PING, PONG -> that(length <= CONTROL_MAX, "a long ping or pong");
        case CLOSE -> {
          said.add("close " + closeCode(payload));
          that(at == bytes.length, "something behind the close frame");
        }
        default -> throw new AssertionError("the server sends frames of kind " + (first & 0x0f));
      }
    }
    return said;
  }

  private int number(int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 8 | (bytes[at++] & 0xff);
    }
    return Math.toIntExact(number);
  }

  private static int closeCode(byte[] payload) {
    int code = payload.length < 2 ? 1000 : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
    that(code < 1004 || code > 1006, "a close frame with " + code);
    that(code != 1011, "the server closes for a fault of its own");
    return code;
  }

  private static String event(byte[] payload) {
    JsonNode event = Rules.json(payload);
    String type = event.path("type").asText();
    that(!type.isEmpty(), "a message without a type: " + event);
    if (type.equals("error")) {
      JsonNode error = event.path("error");
      that(
          error.path("message").isTextual() && error.path("code").isTextual(),
          "an error without its form: " + event);
      int status = event.path("status").asInt();
      that((status >= 400 && status < 500) || status == 503, "a server's fault: " + event);
      return "error " + status;
    }
    that(!type.equals("response.failed"), "a failed response: " + event);
    return type;
  }

  private static void that(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
