package io.lorikeet.config;

import java.time.Duration;

/**
 * WebSockets of clients.
 *
 * @param lanesMax lanes of a socket that run or wait at once, the one without a name included
 * @param queuedMax requests of a lane that wait for the one that runs
 * @param queuedBytesMax bytes of all requests of a socket that wait
 * @param messageBytesMax bytes of a message, over all its frames
 * @param idle a socket without running requests that brings no message for so long is closed
 * @param ping a ping is sent so often
 * @param pongWait how long a ping may wait to be written and answered; then the socket is closed
 * @param closeWait how long a client may take to close its side after ours
 * @param principalMax open sockets of a principal
 */
public record SocketSettings(
    int lanesMax,
    int queuedMax,
    long queuedBytesMax,
    long messageBytesMax,
    Duration idle,
    Duration ping,
    Duration pongWait,
    Duration closeWait,
    int principalMax) {
  // A frame's length is read as a whole before it is used.
  private static final long MESSAGE_BYTES_LIMIT = 1 << 30;

  public SocketSettings {
    Checks.atLeast("socket.lanes-max", lanesMax, 1);
    Checks.atLeast("socket.queued-max", queuedMax, 0);
    Checks.atLeast("socket.queued-bytes-max", queuedBytesMax, 0);
    Checks.atLeast("socket.message-bytes-max", messageBytesMax, 1);
    Checks.atMost("socket.message-bytes-max", messageBytesMax, MESSAGE_BYTES_LIMIT);
    Checks.positive("socket.idle", idle);
    Checks.positive("socket.ping", ping);
    Checks.positive("socket.pong-wait", pongWait);
    Checks.positive("socket.close-wait", closeWait);
    Checks.atLeast("socket.principal-max", principalMax, 1);
  }
}
