package io.lorikeet.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.lorikeet.config.Settings;
import java.time.Duration;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.settings.ServerSettings;

/** Pekko HTTP's settings from {@code server.conf} and the server's own. */
final class PekkoSettings {
  private static final String ROOT = "pekko.http.server.";
  private static final Duration IDLE_MARGIN = Duration.ofSeconds(60);

  private PekkoSettings() {}

  static ServerSettings of(Settings settings, ActorSystem<?> system) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    ROOT + "max-connections", settings.server().connectionsMax(),
                    ROOT + "parsing.max-content-length", settings.server().bodyBytesMax(),
                    ROOT + "idle-timeout", idle(settings).toMillis() + "ms"))
            .withFallback(ConfigFactory.parseResources(PekkoSettings.class, "server.conf"))
            .withFallback(system.settings().config());
    return ServerSettings.create(config.resolve());
  }

  // A response that comes at once leaves its connection silent for as long as it takes.
  private static Duration idle(Settings settings) {
    Duration longest = settings.requests().timeoutMax();
    Duration ping = settings.server().keepAlive();
    return (longest.compareTo(ping) > 0 ? longest : ping).plus(IDLE_MARGIN);
  }
}
