package io.lorikeet.http.socket;

import io.lorikeet.config.SocketSettings;
import io.lorikeet.http.access.Access;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.responses.ResponseRuns;
import java.time.Duration;

/**
 * What every socket works with.
 *
 * @param drain how long a socket may go on after the server was asked to stop
 */
record SocketParts(
    ResponseRuns runs,
    Access access,
    Sockets sockets,
    Ambient ambient,
    SocketSettings settings,
    Duration drain) {}
