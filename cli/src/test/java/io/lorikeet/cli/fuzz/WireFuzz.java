package io.lorikeet.cli.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lorikeet.cli.fuzz.Catalogue.Base;
import io.lorikeet.cli.fuzz.Wire.Manner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Connections whose bytes are no request, or more than one, or one that is not framed as it says.
 */
final class WireFuzz {
  private static final List<String> LENGTHS =
      List.of(
          "0",
          "1",
          "-1",
          "+5",
          "0x10",
          "5, 5",
          "5, 6",
          "",
          " ",
          "abc",
          "1e3",
          "007",
          "199999",
          "200001",
          "2147483648",
          "9223372036854775807",
          "99999999999999999999");
  private static final List<String> CODINGS =
      List.of(
          "chunked",
          "gzip",
          "gzip, chunked",
          "chunked, chunked",
          "chunked, identity",
          "identity",
          "xchunked",
          "Chunked",
          "chunked;q=1",
          "",
          "\u000bchunked");
  private static final List<String> CHUNKS =
      List.of(
          "5\r\n{\"a\":\r\n",
          "zz\r\nabc\r\n0\r\n\r\n",
          "-1\r\n\r\n",
          "ffffffffffffffff\r\n",
          "7fffffff\r\n",
          "3\r\nabcdef\r\n0\r\n\r\n",
          "2\r\n{}0\r\n\r\n",
          "2 ; a=b\r\n{}\r\n0\r\n\r\n",
          "2;a=\"\r\n{}\r\n0\r\n\r\n",
          "2\n{}\n0\n\n",
          "\r\n2\r\n{}\r\n0\r\n\r\n",
          "2\r\n{}\r\n0\r\nX: y\r\n\r\n",
          "2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
          "0\r\n",
          "0\r\n\r\n",
          "00000000000000000002\r\n{}\r\n0\r\n\r\n");
  private static final List<String> HEADERS =
      List.of(
          "NoColon",
          ": empty",
          "Space : before",
          " Folded: first",
          "X: a\r\n folded",
          "X: a\u0000b",
          "X\u0000: a",
          "X: caf\u00e9",
          "X: a\rb",
          "X: a\nY: b",
          "Host: other",
          "Host: ",
          "Host: a b",
          "Host: [::1",
          "X:" + " ".repeat(5000),
          "Content-Type: \"",
          "Transfer-Encoding: chunked",
          "Content-Length: 5",
          "Authorization: Bearer " + FuzzServer.ADMIN_KEY + "\u0001",
          "Authorization : Bearer " + FuzzServer.ADMIN_KEY,
          "Proxy-Authorization: Basic " + FuzzServer.ADMIN_KEY,
          "Connection: upgrade, close, keep-alive",
          "Connection: Host",
          "Keep-Alive: timeout=-1",
          "Trailer: X",
          "Range: bytes=-",
          "Cookie: =;=;",
          "Expect: 200-ok",
          "Date: x",
          "If-Modified-Since: never",
          "Accept: /",
          "Accept-Language: *;q=x",
          "Via: 1.1 \"");
  private static final List<String> TARGETS =
      List.of(
          "*",
          "",
          "generate",
          "//",
          "///generate",
          "/../../etc/passwd",
          "/%",
          "/%zz",
          "/%c0%ae",
          "/a b",
          "/a#b",
          "/a?b?c#d",
          "http://localhost/generate",
          "http://other.example/health",
          "http://u:p@localhost/health",
          "https://localhost:99999/health",
          "http://[::1/health",
          "http:///health",
          "localhost:443",
          "[::1]:80",
          "/" + "a".repeat(5000),
          "/caf\u00e9",
          "/\u0000",
          "/health\t",
          "?",
          "/?" + "&".repeat(3000),
          "http://" + "a".repeat(300) + "/");
  private static final List<String> METHODS =
      List.of(
          "get",
          "BREW",
          "G@T",
          "",
          " GET",
          "P\u00d6ST",
          "X".repeat(100),
          "CONNECT",
          "TRACE",
          "PRI",
          "OPTIONS",
          "M-SEARCH",
          "GET\t",
          "\u0000GET");
  private static final List<String> VERSIONS =
      List.of(
          "HTTP/1.0",
          "HTTP/1.2",
          "HTTP/2.0",
          "HTTP/0.9",
          "HTTP/1.1x",
          "http/1.1",
          "HTTP/11",
          "HTTP/1.",
          "",
          "HTTP/1.1 HTTP/1.1",
          "HTTPS/1.1",
          "ICY");
  private static final List<String> UPGRADES =
      List.of(
          "Upgrade: websocket\r\nConnection: Upgrade",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: short",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: \u00e9\r\nSec-WebSocket-Protocol: ,,",
          "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
          "Upgrade: websocket, h2c\r\nConnection: close",
          "Upgrade: TLS/1.2\r\nConnection: Upgrade",
          "Upgrade: \r\nConnection: Upgrade");

  private final Random random;
  private final Base base;
  private final byte[] body;
  private String what = "";

  private WireFuzz(Random random) {
    this.random = random;
    this.base = Catalogue.ALL.get(random.nextInt(Catalogue.ALL.size()));
    this.body = GoodRequests.body(base);
  }

  static Wire wire(Random random) {
    WireFuzz fuzz = new WireFuzz(random);
    List<byte[]> parts = fuzz.parts();
    return new Wire(
        fuzz.base.method() + " " + fuzz.base.path() + ": " + fuzz.what,
        parts,
        fuzz.manner(),
        Wire.UNKNOWN);
  }

  private Manner manner() {
    return switch (random.nextInt(12)) {
      case 0 -> Manner.CLOSES;
      case 1 -> Manner.RESETS;
      case 2 -> Manner.READS_LITTLE;
      case 3, 4, 5 -> Manner.HALF_CLOSES;
      default -> Manner.READS;
    };
  }

  private List<byte[]> parts() {
    return switch (random.nextInt(16)) {
      case 0 -> one(withHeader("Content-Length: " + any(LENGTHS)), body);
      case 1 -> one(withHeader("Content-Length: " + (body.length + random.nextInt(41) - 20)), body);
      case 2 ->
          one(
              withHeader(
                  "Transfer-Encoding: " + any(CODINGS) + "\r\nContent-Length: " + body.length),
              chunks());
      case 3 -> one(withHeader("Transfer-Encoding: " + any(CODINGS)), chunks());
      case 4 -> one(withHeader("Transfer-Encoding: chunked"), latin(any(CHUNKS)));
      case 5 -> one(good(any(HEADERS)), body);
      case 6 -> one(flood(), body);
      case 7 -> one(requestLine(any(METHODS), base.path(), "HTTP/1.1"), body);
      case 8 -> one(requestLine(base.method(), any(TARGETS), "HTTP/1.1"), body);
      case 9 -> one(requestLine(base.method(), base.path(), any(VERSIONS)), body);
      case 10 -> one(good(any(UPGRADES)), body, noise(random.nextInt(100)));
      case 11 -> pipelined();
      case 12 -> slow();
      case 13 -> cut();
      case 14 -> flipped();
      default -> List.of(other());
    };
  }

  private String any(List<String> choices) {
    String choice = choices.get(random.nextInt(choices.size()));
    what = choice.length() > 80 ? choice.substring(0, 80) + "..." : choice;
    return choice;
  }

  private static List<byte[]> one(byte[]... parts) {
    return List.of(GoodRequests.joined(parts));
  }

  /** A head with another length, so that what it says of its body is all that is said. */
  private byte[] withHeader(String header) {
    what = header;
    List<String> lines = new ArrayList<>(GoodRequests.lines(base));
    lines.add(header);
    return GoodRequests.head(lines);
  }

  private byte[] good(String... more) {
    return GoodRequests.head(base, body.length, more);
  }

  private byte[] chunks() {
    return GoodRequests.joined(
        latin(Integer.toHexString(body.length) + "\r\n"), body, latin("\r\n0\r\n\r\n"));
  }

  private byte[] requestLine(String method, String target, String version) {
    List<String> lines = new ArrayList<>(GoodRequests.lines(base));
    lines.set(0, method + " " + target + " " + version);
    if (random.nextInt(4) == 0) {
      lines.remove(1); // no host
    }
    lines.add("Content-Length: " + body.length);
    return GoodRequests.head(lines);
  }

  private byte[] flood() {
    int count = 1 << random.nextInt(12);
    what = count + " headers";
    return switch (random.nextInt(4)) {
      case 0 -> {
        what = "a header that does not end";
        yield latin("GET / HTTP/1.1\r\nX: " + "a".repeat(1 << random.nextInt(19)));
      }
      case 1 -> good("X-Large: " + "b".repeat(1 << random.nextInt(17)));
      case 2 -> {
        what = "a header's name that does not end";
        yield latin("GET / HTTP/1.1\r\n" + "N".repeat(1 << random.nextInt(17)));
      }
      default -> {
        StringBuilder more = new StringBuilder("X-0: 0");
        for (int i = 1; i < count; i++) {
          more.append("\r\nX-").append(i).append(": ").append("c".repeat(random.nextInt(20)));
        }
        yield good(more.toString());
      }
    };
  }

  private List<byte[]> pipelined() {
    int count = 2 + random.nextInt(5);
    what = count + " at once";
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Base next = Catalogue.ALL.get(random.nextInt(Catalogue.ALL.size()));
      byte[] nextBody = GoodRequests.body(next);
      String connection =
          "Connection: " + (random.nextInt(6) == 0 || i == count - 1 ? "close" : "keep-alive");
      all.add(GoodRequests.joined(GoodRequests.head(next, nextBody.length, connection), nextBody));
      if (random.nextInt(6) == 0) {
        what += ", noise between";
        all.add(noise(1 + random.nextInt(30)));
      }
    }
    return random.nextBoolean() ? all : List.of(GoodRequests.joined(all.toArray(byte[][]::new)));
  }

  private List<byte[]> slow() {
    what = "byte by byte";
    byte[] all = GoodRequests.joined(good("Connection: close"), body);
    int count = Math.min(all.length, 1 + random.nextInt(400));
    int from = random.nextInt(all.length - count + 1);
    List<byte[]> parts = new ArrayList<>();
    parts.add(Arrays.copyOf(all, from));
    for (int i = from; i < from + count; i++) {
      parts.add(new byte[] {all[i]});
    }
    parts.add(Arrays.copyOfRange(all, from + count, all.length));
    return parts;
  }

  private List<byte[]> cut() {
    byte[] all = GoodRequests.joined(good("Expect: 100-continue"), body);
    int end = random.nextInt(all.length);
    what = "cut after " + end + " bytes";
    return List.of(Arrays.copyOf(all, end));
  }

  private List<byte[]> flipped() {
    byte[] all = GoodRequests.joined(good(), body);
    int count = 1 + random.nextInt(4);
    what = count + " other bytes";
    for (int i = 0; i < count; i++) {
      all[random.nextInt(all.length)] = (byte) random.nextInt(256);
    }
    return List.of(all);
  }

  private byte[] other() {
    return switch (random.nextInt(6)) {
      case 0 -> {
        what = "noise";
        yield noise(random.nextInt(3000));
      }
      case 1 -> {
        what = "HTTP/2";
        yield GoodRequests.joined(
            latin("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
      }
      case 2 -> {
        what = "TLS";
        yield GoodRequests.joined(
            new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, noise(500));
      }
      case 3 -> {
        what = "bare line feeds";
        yield latin(new String(good(), ISO_8859_1).replace("\r\n", "\n"));
      }
      case 4 -> {
        what = "bare carriage returns";
        yield latin(new String(good(), ISO_8859_1).replace("\r\n", "\r"));
      }
      default -> {
        what = "blank lines first";
        yield GoodRequests.joined(latin("\r\n".repeat(1 + random.nextInt(50))), good(), body);
      }
    };
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] latin(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
