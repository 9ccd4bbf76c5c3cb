package io.lorikeet.http.socket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes of frames as clients send them, right or wrong. */
public final class ClientFrames {
  /** The bit of a frame's first byte that says it is its message's last. */
  public static final int LAST = 0x80;

  private static final byte[] MASK = {0x5a, 0x01, (byte) 0xff, 0x33};

  private ClientFrames() {}

  public static byte[] text(String text) {
    return frame(LAST | Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static byte[] close(int code) {
    return frame(LAST | Opcode.CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
  }

  /**
   * A masked frame.
   *
   * @param first its first byte: flags and opcode
   */
  public static byte[] frame(int first, byte[] payload) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head(first, payload.length));
    for (int i = 0; i < payload.length; i++) {
      bytes.write(payload[i] ^ MASK[i % MASK.length]);
    }
    return bytes.toByteArray();
  }

  /** The head of a masked frame whose payload may never come. */
  public static byte[] head(int first, long length) {
    ByteBuffer head = ByteBuffer.allocate(14);
    head.put((byte) first);
    if (length >= 0 && length < 126) {
      head.put((byte) (0x80 | length));
    } else if (length >= 0 && length < 1 << 16) {
      head.put((byte) (0x80 | 126)).putShort((short) length);
    } else {
      head.put((byte) (0x80 | 127)).putLong(length);
    }
    head.put(MASK);
    byte[] bytes = new byte[head.position()];
    head.flip().get(bytes);
    return bytes;
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
