package io.lorikeet.http.socket;

import io.lorikeet.http.socket.Received.Binary;
import io.lorikeet.http.socket.Received.Broken;
import io.lorikeet.http.socket.Received.Closed;
import io.lorikeet.http.socket.Received.Ping;
import io.lorikeet.http.socket.Received.Pong;
import io.lorikeet.http.socket.Received.Text;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.pekko.util.ByteString;

/**
 * The frames of a client (RFC 6455, section 5), cut out of bytes that arrive in any pieces and put
 * together to messages. Holds at most a message and what was added last. Pure; used by one thread.
 */
final class FrameReader {
  private static final int CONTROL_MAX = 125;
  private static final int MASK_BYTES = 4;

  private final long messageMax;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private ByteString pending = ByteString.emptyByteString();
  private Optional<Integer> open = Optional.empty(); // opcode of the message whose end is to come
  private long skip; // bytes of a frame that nobody wants
  private boolean broken;
  private boolean unreadable;

  /**
   * @param messageMax bytes of a message over all its frames
   */
  FrameReader(long messageMax) {
    this.messageMax = messageMax;
  }

  private record Head(boolean last, int opcode, boolean masked, long length, int bytes) {
    boolean control() {
      return opcode >= Opcode.CLOSE;
    }
  }

  void add(ByteString bytes) {
    pending = pending.concat(bytes);
  }

  /** The next whole thing, if one has arrived. Call until there is none. */
  Optional<Received> next() {
    while (!unreadable) {
      skipUnwanted();
      Optional<Head> head = head();
      if (head.isEmpty()) {
        return Optional.empty();
      }
      Optional<Broken> malformed = malformed(head.get());
      if (malformed.isPresent()) {
        // Nobody knows where the next frame begins.
        unreadable = true;
        return broken ? Optional.empty() : stop(malformed.get());
      }
      Optional<Broken> unwanted = head.get().control() ? Optional.empty() : unwanted(head.get());
      if (!head.get().control() && (broken || unwanted.isPresent())) {
        skip(head.get());
        if (broken) {
          continue;
        }
        return stop(unwanted.orElseThrow());
      }
      if (pending.size() < head.get().bytes() + head.get().length()) {
        return Optional.empty();
      }
      Optional<Received> whole = frame(head.get(), payload(head.get()));
      if (whole.isPresent()) {
        return whole;
      }
    }
    pending = ByteString.emptyByteString();
    return Optional.empty();
  }

  private void skipUnwanted() {
    int now = (int) Math.min(skip, pending.size());
    pending = pending.drop(now);
    skip -= now;
  }

  private Optional<Head> head() {
    if (skip > 0 || pending.size() < 2) {
      return Optional.empty();
    }
    int first = pending.apply(0) & 0xff;
    int second = pending.apply(1) & 0xff;
    int opcode = first & 0x0f;
    boolean masked = (second & 0x80) != 0;
    int small = second & 0x7f;
    int lengthBytes = small == 126 ? 2 : small == 127 ? 8 : 0;
    int bytes = 2 + lengthBytes + (masked ? MASK_BYTES : 0);
    if ((first & 0x70) != 0 || !Opcode.known(opcode) || !masked) {
      // Wrong whatever follows, and what follows may never come.
      return Optional.of(new Head(true, -1, masked, 0, bytes));
    }
    if (pending.size() < bytes) {
      return Optional.empty();
    }
    long length = lengthBytes == 0 ? small : number(2, lengthBytes);
    return Optional.of(new Head((first & 0x80) != 0, opcode, true, length, bytes));
  }

  private long number(int from, int bytes) {
    long number = 0;
    for (int i = from; i < from + bytes; i++) {
      number = number << 8 | (pending.apply(i) & 0xff);
    }
    return number;
  }

  private static Optional<Broken> malformed(Head head) {
    if (head.opcode() < 0) {
      return protocolError("a frame must be masked, of a known kind and without extensions");
    }
    if (head.length() < 0) {
      return protocolError("the length of a frame must not have its highest bit set");
    }
    return head.control() && (head.length() > CONTROL_MAX || !head.last())
        ? protocolError("a control frame must be whole and have at most 125 bytes")
        : Optional.empty();
  }

  private Optional<Broken> unwanted(Head head) {
    if (open.isPresent() != (head.opcode() == Opcode.CONTINUATION)) {
      return protocolError("the frames of a message must follow each other");
    }
    return head.length() > messageMax - message.size()
        ? Optional.of(
            new Broken(CloseCode.TOO_BIG, "a message must have at most " + messageMax + " bytes"))
        : Optional.empty();
  }

  private static Optional<Broken> protocolError(String reason) {
    return Optional.of(new Broken(CloseCode.PROTOCOL_ERROR, reason));
  }

  private Optional<Received> stop(Broken why) {
    broken = true;
    message.reset();
    return Optional.of(why);
  }

  private void skip(Head head) {
    pending = pending.drop(head.bytes());
    skip = head.length();
    skipUnwanted();
  }

  private byte[] payload(Head head) {
    byte[] mask = pending.slice(head.bytes() - MASK_BYTES, head.bytes()).toArray();
    byte[] payload = pending.drop(head.bytes()).take((int) head.length()).toArray();
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i % MASK_BYTES];
    }
    pending = pending.drop(head.bytes() + payload.length);
    return payload;
  }

  private Optional<Received> frame(Head head, byte[] payload) {
    return switch (head.opcode()) {
      case Opcode.CLOSE -> Optional.of(closed(payload));
      case Opcode.PING -> Optional.of(new Ping(ByteString.fromArrayUnsafe(payload)));
      case Opcode.PONG -> Optional.of(new Pong());
      default -> part(head, payload);
    };
  }

  private Optional<Received> part(Head head, byte[] payload) {
    message.writeBytes(payload);
    int opcode = open.orElse(head.opcode());
    open = head.last() ? Optional.empty() : Optional.of(opcode);
    if (!head.last()) {
      return Optional.empty();
    }
    byte[] whole = message.toByteArray();
    message.reset();
    if (opcode == Opcode.BINARY) {
      return Optional.of(new Binary());
    }
    if (!isUtf8(whole, 0)) {
      return stop(new Broken(CloseCode.NOT_UTF8, "a text message must be UTF-8"));
    }
    return Optional.of(new Text(whole));
  }

  private Received closed(byte[] payload) {
    if (payload.length == 0) {
      return new Closed(CloseCode.NORMAL.number());
    }
    int code = payload.length < 2 ? 0 : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
    boolean good = CloseCode.mayBeSent(code) && isUtf8(payload, 2);
    return new Closed(good ? code : CloseCode.PROTOCOL_ERROR.number());
  }

  private static boolean isUtf8(byte[] bytes, int from) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, bytes.length - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
