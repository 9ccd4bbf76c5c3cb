package io.lorikeet.cli.fuzz;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.fuzz.Catalogue.Base;
import io.lorikeet.cli.fuzz.Wire.Sent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests as a well-behaved client writes them. */
final class GoodRequests {
  private GoodRequests() {}

  /** A request whose answer ends its connection. */
  static Wire of(Base base) {
    byte[] body = body(base);
    return new Wire(
        base.method() + " " + base.path(),
        joined(head(base, body.length, "Connection: close"), body),
        Wire.Manner.READS,
        new Sent.One(base.method(), base.path(), base.streams()));
  }

  static byte[] body(Base base) {
    ObjectNode body = base.body();
    return body == null ? new byte[0] : Wire.bytes(body.toString());
  }

  /** A head up to and including its blank line. */
  static byte[] head(Base base, int length, String... more) {
    List<String> lines = new ArrayList<>(lines(base));
    lines.addAll(List.of(more));
    if (base.body() != null) {
      lines.add("Content-Length: " + length);
    }
    return head(lines);
  }

  /** The request line and the usual headers, without a length. */
  static List<String> lines(Base base) {
    List<String> lines = new ArrayList<>();
    lines.add(base.method() + " " + base.path() + " HTTP/1.1");
    lines.add("Host: localhost");
    lines.add("Authorization: Bearer " + FuzzServer.ADMIN_KEY);
    if (base.body() != null) {
      lines.add("Content-Type: application/json");
    }
    return lines;
  }

  static byte[] head(List<String> lines) {
    return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] joined(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
