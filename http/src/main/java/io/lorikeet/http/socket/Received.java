package io.lorikeet.http.socket;

import org.apache.pekko.util.ByteString;

/** What a client sent, as far as its frames make a whole. */
sealed interface Received {
  /** A text message; its bytes are UTF-8. */
  record Text(byte[] utf8) implements Received {}

  record Binary() implements Received {}

  /**
   * To be answered with the same bytes.
   *
   * @param data at most 125 bytes
   */
  record Ping(ByteString data) implements Received {}

  record Pong() implements Received {}

  /**
   * The client is done.
   *
   * @param code to answer with
   */
  record Closed(int code) implements Received {}

  /** The client broke the protocol or a limit; from here on only its close frame counts. */
  record Broken(CloseCode code, String reason) implements Received {}
}
