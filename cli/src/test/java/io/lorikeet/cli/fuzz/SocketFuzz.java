package io.lorikeet.cli.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.fuzz.Wire.Manner;
import io.lorikeet.engine.format.JsonMutation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** WebSockets whose messages, frames or order of frames are not what the server wants. */
final class SocketFuzz {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> MESSAGES =
      List.of(
          """
          {"type": "response.create", "model": "pirate", "input": "PROMPT", "store": false,
           "max_output_tokens": 6, "stream_id": "a"}\
          """,
          """
          {"type": "response.create", "model": "demo", "max_output_tokens": 3, "temperature": 0.5,
           "input": [{"role": "user", "content": "PROMPT"}], "instructions": "PROMPT",
           "previous_response_id": null, "metadata": {"k": "v"}}\
          """,
          "{\"type\": \"response.cancel\", \"stream_id\": \"a\"}",
          "{\"type\": \"response.cancel\", \"response_id\": \"resp_1\"}");
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;

  private final Random random;
  private final List<String> log = new ArrayList<>();

  private SocketFuzz(Random random) {
    this.random = random;
  }

  static Wire wire(Random random) {
    return new SocketFuzz(random).wire();
  }

  private Wire wire() {
    List<byte[]> parts = new ArrayList<>();
    parts.add(handshake());
    for (int i = random.nextInt(5); i >= 0; i--) {
      parts.add(part());
    }
    if (random.nextInt(3) == 0) {
      log.add("close");
      parts.add(frame(CLOSE, closing(), true));
    }
    // Who only reads is closed for want of pongs, when all answers have come.
    Manner manner =
        switch (random.nextInt(8)) {
          case 0 -> Manner.CLOSES;
          case 1 -> Manner.RESETS;
          case 2 -> Manner.READS_LITTLE;
          case 3 -> Manner.HALF_CLOSES;
          default -> Manner.READS;
        };
    if (random.nextInt(8) == 0) {
      log.add("without waiting for the handshake");
      return new Wire(String.join("; ", log), joined(parts), manner, Wire.UNKNOWN);
    }
    return new Wire(String.join("; ", log), parts, manner, new Wire.Sent.Upgrade());
  }

  private static List<byte[]> joined(List<byte[]> parts) {
    return List.of(GoodRequests.joined(parts.toArray(byte[][]::new)));
  }

  private static byte[] handshake() {
    return GoodRequests.head(
        List.of(
            "GET /v1/responses HTTP/1.1",
            "Host: localhost",
            "Authorization: Bearer " + FuzzServer.USER_KEY,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
  }

  private byte[] part() {
    byte[] message = message();
    return switch (random.nextInt(22)) {
      case 0 -> told("half a frame", half(frame(TEXT, message, true)));
      case 1 -> told("not masked", unmasked(message));
      case 2 -> told("opcode", frame(random.nextInt(16), message, true));
      case 3 -> told("reserved bits", flagged(frame(TEXT, message, true)));
      case 4 -> told("fragments", fragments(message, true));
      case 5 -> told("fragments without an end", fragments(message, false));
      case 6 -> told("a fragment without a start", frame(0, message, true));
      case 7 ->
          told(
              "a ping in between",
              GoodRequests.joined(
                  frame(TEXT, message, false),
                  frame(PING, new byte[3], true),
                  frame(0, new byte[0], true)));
      case 8 -> told("a large ping", frame(PING, new byte[100 + random.nextInt(100)], true));
      case 9 -> told("too long", length(1L << (20 + random.nextInt(44))));
      case 10 -> told("too large", frame(TEXT, new byte[(1 << 20) + random.nextInt(3) - 1], true));
      case 11 -> told("not UTF-8", frame(TEXT, new byte[] {'{', (byte) 0xc3, '}'}, true));
      case 12 -> told("binary", frame(2, message, true));
      case 13 -> told("noise", noise(random.nextInt(200)));
      default -> frame(TEXT, message, true);
    };
  }

  private byte[] told(String what, byte[] bytes) {
    log.add(what);
    return bytes;
  }

  private byte[] message() {
    String text = MESSAGES.get(random.nextInt(MESSAGES.size())).replace("PROMPT", Catalogue.PROMPT);
    if (random.nextBoolean()) {
      return text.getBytes(UTF_8);
    }
    try {
      ObjectNode tree = (ObjectNode) JSON.readTree(text);
      if (random.nextBoolean()) {
        tree.put("stream_id", "lane " + random.nextInt(20));
      }
      JsonMutation.Changed changed = JsonMutation.of(tree, random);
      log.add(changed.what());
      return changed.bytes();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private byte[] closing() {
    return switch (random.nextInt(5)) {
      case 0 -> new byte[0];
      case 1 -> new byte[] {3};
      case 2 -> new byte[] {3, (byte) 0xed}; // 1005, which nobody may send
      case 3 -> new byte[] {3, (byte) 0xe8, (byte) 0xff};
      default -> new byte[] {3, (byte) 0xe8};
    };
  }

  private byte[] fragments(byte[] message, boolean ended) {
    int cut = random.nextInt(message.length + 1);
    return GoodRequests.joined(
        frame(TEXT, Arrays.copyOf(message, cut), false),
        frame(0, Arrays.copyOfRange(message, cut, message.length), ended));
  }

  private byte[] half(byte[] frame) {
    return Arrays.copyOf(frame, random.nextInt(frame.length));
  }

  private byte[] flagged(byte[] frame) {
    frame[0] |= (byte) (0x10 << random.nextInt(3));
    return frame;
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A head that promises more than will come. */
  private static byte[] length(long length) {
    return ByteBuffer.allocate(14)
        .put((byte) (0x80 | TEXT))
        .put((byte) 0xff)
        .putLong(length)
        .putInt(0)
        .array();
  }

  private static byte[] unmasked(byte[] payload) {
    int length = Math.min(payload.length, 125);
    return ByteBuffer.allocate(2 + length)
        .put((byte) (0x80 | TEXT))
        .put((byte) length)
        .put(payload, 0, length)
        .array();
  }

  private byte[] frame(int opcode, byte[] payload, boolean last) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) ((last ? 0x80 : 0) | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else if (payload.length < 1 << 16) {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    byte[] mask = noise(4);
    frame.put(mask);
    for (int i = 0; i < payload.length; i++) {
      frame.put((byte) (payload[i] ^ mask[i % 4]));
    }
    return Arrays.copyOf(frame.array(), frame.position());
  }
}
