package io.lorikeet.http.generation;

import io.lorikeet.http.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.pekko.util.ByteString;

/** Server-sent events by hand: {@code data:}, one line, a blank line. */
public final class Frames {
  /** A comment that keeps proxies from closing a silent stream; clients skip it. */
  public static final ByteString PING = ByteString.fromString(": ping\n\n");

  private static final byte[] END = ascii("\n\n");
  private static final byte[] DONE = ascii("data: [DONE]\n\n");
  private static final int TYPICAL_BYTES = 512;

  private final byte[] prefix;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);

  /**
   * Frames of one stream.
   *
   * @param prefix what stands before the JSON: OpenAI writes a space after the colon, LoRAX none
   */
  public Frames(String prefix) {
    this.prefix = ascii(prefix);
  }

  public void add(Json.Value value) {
    bytes.writeBytes(prefix);
    Json.writeTo(bytes, value);
    bytes.writeBytes(END);
  }

  public void add(byte[] json) {
    bytes.writeBytes(prefix);
    bytes.writeBytes(json);
    bytes.writeBytes(END);
  }

  /** A frame with the name of its event. */
  public void add(String event, Json.Value value) {
    addName(event);
    add(value);
  }

  /** A frame with the name of its event. */
  public void add(String event, byte[] json) {
    addName(event);
    add(json);
  }

  private void addName(String event) {
    bytes.writeBytes(ascii("event: " + event + "\n"));
  }

  /** OpenAI's end of a stream. */
  public void addDone() {
    bytes.writeBytes(DONE);
  }

  /** All frames since the last call, joined. */
  public ByteString take() {
    ByteString taken = ByteString.fromArrayUnsafe(bytes.toByteArray());
    bytes.reset();
    return taken;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
