package io.lorikeet.config;

import java.time.Duration;

/**
 * The HTTP server.
 *
 * @param host address to listen on
 * @param port 0: any free one
 * @param bodyBytesMax bytes of a request body
 * @param headWait how long a connection may take until the head of its next request has arrived
 * @param bodyWait how long a request body may take to arrive
 * @param connectionsMax open connections
 * @param keepAlive a comment is sent on a stream that was silent for so long
 * @param drain how long running streams may go on after the server was asked to stop
 * @param readyWithin the server counts as unhealthy when work waits and no step ended for so long
 */
public record ServerSettings(
    String host,
    int port,
    long bodyBytesMax,
    Duration headWait,
    Duration bodyWait,
    int connectionsMax,
    Duration keepAlive,
    Duration drain,
    Duration readyWithin) {
  public ServerSettings {
    Checks.atLeast("server.port", port, 0);
    Checks.atMost("server.port", port, 65_535);
    Checks.atLeast("server.body-bytes-max", bodyBytesMax, 1);
    Checks.positive("server.head-wait", headWait);
    Checks.positive("server.body-wait", bodyWait);
    Checks.atLeast("server.connections-max", connectionsMax, 1);
    Checks.positive("server.keep-alive", keepAlive);
    Checks.positive("server.drain", drain);
    Checks.positive("server.ready-within", readyWithin);
  }
}
