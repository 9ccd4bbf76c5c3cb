package io.lorikeet.config;

import java.time.Duration;

/**
 * What is remembered of responses ({@code /v1/responses}).
 *
 * @param bytesMax bytes of all stored responses
 * @param kept how long a response is stored
 * @param backgroundMax responses of a principal that are made in the background at once
 * @param sessionMax latest responses of a WebSocket that may be continued without being stored
 */
public record ResponseSettings(long bytesMax, Duration kept, int backgroundMax, int sessionMax) {
  public ResponseSettings {
    Checks.atLeast("responses.bytes-max", bytesMax, 0);
    Checks.positive("responses.kept", kept);
    Checks.atLeast("responses.background-max", backgroundMax, 0);
    Checks.atLeast("responses.session-max", sessionMax, 0);
  }
}
