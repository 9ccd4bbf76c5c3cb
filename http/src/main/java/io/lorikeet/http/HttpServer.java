package io.lorikeet.http;

import io.lorikeet.actors.Engine;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.exchange.Body;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.socket.Sockets;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.stream.javadsl.Flow;

/**
 * A listening server. Started once, stopped once, by {@link #stop} or by the coordinated shutdown
 * of the engine's actor system: it stops to accept, running answers may end within {@code drain},
 * then they are cut.
 */
public final class HttpServer {
  private final ServerBinding binding;
  private final Duration drain;
  private final Sockets sockets;

  private HttpServer(ServerBinding binding, Duration drain, Sockets sockets) {
    this.binding = binding;
    this.drain = drain;
    this.sockets = sockets;
  }

  /**
   * Binds; fails where the address is taken.
   *
   * @param sampling how tokens are drawn where an OpenAI request does not say
   */
  public static CompletionStage<HttpServer> start(
      Engine engine, Settings settings, SamplingDefaults sampling) {
    return start(engine, settings, sampling, Ambient.system());
  }

  static CompletionStage<HttpServer> start(
      Engine engine, Settings settings, SamplingDefaults sampling, Ambient ambient) {
    ActorSystem<?> system = engine.system();
    String version = version();
    Surface surface =
        new Surface(
            engine,
            settings,
            sampling,
            ambient,
            new Body.Reader(system, settings.server().bodyBytesMax(), settings.server().bodyWait()),
            "lorikeet-" + version + "-" + engine.executor().kernelPath());
    Sockets sockets = new Sockets(settings.socket());
    Routes routes = new Routes(surface, version, sockets);
    Duration drain = settings.server().drain();
    return Http.get(system.classicSystem())
        .newServerAt(settings.server().host(), settings.server().port())
        .withSettings(PekkoSettings.of(settings, system))
        .bindFlow(Flow.fromGraph(new Exchanges(routes::answer, settings.server().headWait())))
        .thenApply(binding -> {
          // Pekko ends what is HTTP; upgraded connections are not any more.
          CoordinatedShutdown.get(system)
              .addTask(CoordinatedShutdown.PhaseServiceRequestsDone(), "sockets", sockets::stop);
          return new HttpServer(
              binding.addToCoordinatedShutdown(drain, system.classicSystem()), drain, sockets);
        });
  }

  /** The open WebSockets. */
  Sockets sockets() {
    return sockets;
  }

  /** The address that was bound, with the real port. */
  public InetSocketAddress address() {
    return binding.localAddress();
  }

  /** Stops to accept and completes when the last answer ended or was cut. */
  public CompletionStage<Done> stop() {
    return binding
        .unbind()
        .thenCompose(_ -> binding.terminate(drain).thenCombine(sockets.stop(), (_, done) -> done));
  }

  private static String version() {
    return Optional.ofNullable(HttpServer.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
