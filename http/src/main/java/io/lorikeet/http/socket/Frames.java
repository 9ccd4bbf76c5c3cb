package io.lorikeet.http.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.pekko.util.ByteString;

/** The frames that a server sends: whole messages, not masked. */
final class Frames {
  private static final int LAST = 0x80;
  private static final int REASON_MAX = 123; // a control frame has 125 bytes, two are the code

  private Frames() {}

  static ByteString text(ObjectNode event) {
    return frame(Opcode.TEXT, Json.bytes(json -> json.writeTree(event)));
  }

  static ByteString ping() {
    return frame(Opcode.PING, new byte[0]);
  }

  /**
   * @param data of the ping
   */
  static ByteString pong(ByteString data) {
    return frame(Opcode.PONG, data.toArray());
  }

  /**
   * @param reason ASCII; cut where it is too long
   */
  static ByteString close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
    int length = Math.min(text.length, REASON_MAX);
    byte[] payload =
        ByteBuffer.allocate(2 + length).putShort((short) code).put(text, 0, length).array();
    return frame(Opcode.CLOSE, payload);
  }

  private static ByteString frame(int opcode, byte[] payload) {
    int lengthBytes = payload.length < 126 ? 0 : payload.length < 1 << 16 ? 2 : 8;
    ByteBuffer frame = ByteBuffer.allocate(2 + lengthBytes + payload.length);
    frame.put((byte) (LAST | opcode));
    switch (lengthBytes) {
      case 0 -> frame.put((byte) payload.length);
      case 2 -> frame.put((byte) 126).putShort((short) payload.length);
      default -> frame.put((byte) 127).putLong(payload.length);
    }
    frame.put(payload);
    return ByteString.fromArrayUnsafe(frame.array());
  }
}
