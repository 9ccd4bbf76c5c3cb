package io.lorikeet.cli.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes apart what a server wrote, to the letter of RFC 9112. */
final class Replies {
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 ([1-5]\\d\\d) [ -~]*");
  private static final Pattern HEADER = Pattern.compile("([!#-'*+.0-9A-Z^-z|~-]+): ?([ -~]*)");
  private static final Pattern SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

  private final byte[] bytes;
  private final boolean closed;
  private int at;

  private Replies(byte[] bytes, boolean closed) {
    this.bytes = bytes;
    this.closed = closed;
  }

  /**
   * The responses in order, without interim ones.
   *
   * @param head whether they answer HEAD, and have no bodies
   * @param closed whether the server ended the connection well
   * @throws AssertionError where it wrote nonsense
   */
  static List<Reply> read(byte[] bytes, boolean head, boolean closed) {
    Replies replies = new Replies(bytes, closed);
    List<Reply> all = new ArrayList<>();
    while (replies.at < bytes.length) {
      Reply reply = replies.next(head);
      if (reply.status() >= 200) {
        all.add(reply);
      } else if (reply.status() == 101) {
        all.add(reply);
        break; // another protocol from here on
      }
    }
    return all;
  }

  private Reply next(boolean head) {
    if (end("\r\n\r\n") < 0) {
      at = bytes.length;
      that(
          !closed,
          "a response without the end of its head: "
              + new String(bytes, 0, bytes.length, ISO_8859_1));
      return new Reply(200, Map.of(), new byte[0], false);
    }
    String statusLine = line();
    Matcher status = STATUS_LINE.matcher(statusLine);
    that(status.matches(), "a status line: " + statusLine);
    int code = Integer.parseInt(status.group(1));
    Map<String, String> headers = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      Matcher header = HEADER.matcher(line);
      that(header.matches(), "a header: " + line);
      headers.merge(
          header.group(1).toLowerCase(Locale.ROOT), header.group(2), (a, b) -> a + ", " + b);
    }
    if (head || code < 200 || code == 204 || code == 304) {
      return new Reply(code, headers, new byte[0], true);
    }
    return body(code, headers);
  }

  private Reply body(int code, Map<String, String> headers) {
    String length = headers.get("content-length");
    if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      that(length == null, "a length besides chunks");
      return chunked(code, headers);
    }
    int wanted = length == null ? bytes.length - at : Integer.parseInt(length);
    int there = Math.min(wanted, bytes.length - at);
    byte[] body = Arrays.copyOfRange(bytes, at, at + there);
    at += there;
    return new Reply(code, headers, body, there == wanted && (length != null || closed));
  }

  private Reply chunked(int code, Map<String, String> headers) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (end("\r\n") >= 0) {
      String size = line();
      that(SIZE.matcher(size).matches(), "a chunk's size: " + size);
      int count = Integer.parseInt(size, 16);
      if (at + count + 2 > bytes.length) {
        break;
      }
      body.write(bytes, at, count);
      at += count;
      that(bytes[at] == '\r' && bytes[at + 1] == '\n', "no line end behind a chunk");
      at += 2;
      if (count == 0) {
        return new Reply(code, headers, body.toByteArray(), true);
      }
    }
    at = bytes.length;
    return new Reply(code, headers, body.toByteArray(), false);
  }

  private String line() {
    int end = end("\r\n");
    that(end >= 0, "a line without an end");
    String line = new String(bytes, at, end - at, ISO_8859_1);
    at = end + 2;
    return line;
  }

  private int end(String mark) {
    byte[] wanted = mark.getBytes(ISO_8859_1);
    for (int i = at; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    return -1;
  }

  private static void that(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError("the server wrote " + message);
    }
  }
}
