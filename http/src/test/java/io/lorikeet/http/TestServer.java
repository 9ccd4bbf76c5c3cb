package io.lorikeet.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.ScriptedEngine;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.http.contract.CheckedClient;
import io.lorikeet.http.exchange.Ambient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** A real server on a free port over a scripted engine, and a client. Closed by its test. */
final class TestServer implements AutoCloseable {
  /** Longer than anything takes here; only a broken test waits for it. */
  static final Duration LONG = Duration.ofSeconds(30);

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Ambient STILL =
      new Ambient(
          InstantSource.fixed(Instant.ofEpochSecond(1_750_000_000L)),
          () -> 0,
          () -> "0f1e2d3c",
          () -> 77);

  final ScriptedEngine engine;

  private final ActorTestKit kit;
  private final HttpServer server;
  private final HttpClient client = new CheckedClient();

  private TestServer(ActorTestKit kit, ScriptedEngine engine, HttpServer server) {
    this.kit = kit;
    this.engine = engine;
    this.server = server;
  }

  static TestServer start(Function<Generation, Script> script) {
    return start(script, Map.of());
  }

  /** Starts with settings over the defaults, keys as in {@code reference.conf}. */
  static TestServer start(Function<Generation, Script> script, Map<String, Object> overrides) {
    return start(script, overrides, SamplingDefaults.NONE);
  }

  static TestServer start(
      Function<Generation, Script> script,
      Map<String, Object> overrides,
      SamplingDefaults sampling) {
    return start(script, overrides, sampling, STILL);
  }

  /** Starts with a time that the test moves, and ids that are numbers. */
  static TestServer start(
      Function<Generation, Script> script, Map<String, Object> overrides, LongSupplier nanos) {
    AtomicLong ids = new AtomicLong();
    return start(
        script,
        overrides,
        SamplingDefaults.NONE,
        new Ambient(
            STILL.clock(), nanos, () -> Long.toString(ids.incrementAndGet()), STILL.seeds()));
  }

  private static TestServer start(
      Function<Generation, Script> script,
      Map<String, Object> overrides,
      SamplingDefaults sampling,
      Ambient ambient) {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    """
                    pekko.loglevel = WARNING
                    pekko.loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
                    pekko.actor.default-dispatcher.fork-join-executor.minimum-runnable = -1
                    pekko.coordinated-shutdown.terminate-actor-system = off
                    pekko.coordinated-shutdown.run-by-actor-system-terminate = off
                    pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                    """)
                .withFallback(ConfigFactory.load()));
    ScriptedEngine engine = new ScriptedEngine(kit.system(), script);
    Map<String, Object> all = new HashMap<>(Map.of("server.port", 0));
    all.putAll(overrides);
    Settings settings = SettingsReader.read(Optional.empty(), all);
    HttpServer server =
        await(HttpServer.start(engine, settings, sampling, ambient).toCompletableFuture());
    return new TestServer(kit, engine, server);
  }

  InetSocketAddress address() {
    return server.address();
  }

  HttpServer server() {
    return server;
  }

  /** Waits until the server holds no WebSocket any more. */
  void awaitNoSockets() {
    long end = System.nanoTime() + LONG.toNanos();
    while (server.sockets().active() > 0) {
      if (System.nanoTime() > end) {
        throw new AssertionError(server.sockets().active() + " sockets are open");
      }
      Thread.onSpinWait();
    }
  }

  HttpClient client() {
    return client;
  }

  HttpRequest.Builder request(String path) {
    InetSocketAddress address = server.address();
    return HttpRequest.newBuilder(
            URI.create("http://" + address.getHostString() + ":" + address.getPort() + path))
        .timeout(LONG);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).GET().build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
    return client.send(postRequest(path, json), BodyHandlers.ofString());
  }

  HttpRequest postRequest(String path, String json) {
    return request(path)
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(json))
        .build();
  }

  /** The generation that the engine got last; fails when there was none. */
  Generation takeRequest() throws InterruptedException {
    Generation generation = engine.requests().poll(LONG.toSeconds(), TimeUnit.SECONDS);
    if (generation == null) {
      throw new AssertionError("no request reached the engine");
    }
    return generation;
  }

  ScriptedEngine.Played takePlayed() throws InterruptedException {
    ScriptedEngine.Played played = engine.played().poll(LONG.toSeconds(), TimeUnit.SECONDS);
    if (played == null) {
      throw new AssertionError("no request was accepted");
    }
    return played;
  }

  static JsonNode json(String text) throws IOException {
    return MAPPER.readTree(text);
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    client.shutdownNow();
    kit.shutdownTestKit();
  }
}
