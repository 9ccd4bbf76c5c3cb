package io.lorikeet.cli.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a client does on one connection.
 *
 * @param what for messages
 * @param parts bytes, written one after the other
 * @param manner how the connection ends
 * @param request what is known of the one request that is sent; unknown where the framing is broken
 */
record Wire(String what, List<byte[]> parts, Manner manner, Sent request) {
  /** How a client ends its connection. */
  enum Manner {
    /** It reads until the server closes. */
    READS,
    /** It says that nothing more comes, and reads until the server closes. */
    HALF_CLOSES,
    /** It reads some bytes and goes. */
    READS_LITTLE,
    CLOSES,
    RESETS
  }

  /** What the server must have understood. */
  sealed interface Sent {
    /** One request in good framing. */
    record One(String method, String path, boolean streams) implements Sent {}

    /** A handshake, whose answer is waited for before the other parts go out. */
    record Upgrade() implements Sent {}

    /** Whatever the server makes of it. */
    record Unknown() implements Sent {}
  }

  static final Sent UNKNOWN = new Sent.Unknown();

  Wire(String what, byte[] bytes, Manner manner, Sent request) {
    this(what, List.of(bytes), manner, request);
  }

  /** Whether the client waits for all that the server has to say. */
  boolean reads() {
    return manner == Manner.READS || manner == Manner.HALF_CLOSES;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
