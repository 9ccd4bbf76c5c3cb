package io.lorikeet.cli.fuzz;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.EngineStart;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.http.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The whole server over the demo's tokenizer, template and adapters; only the arithmetic is a
 * script, so that any answer comes at once. Waits are short. Closed by its test.
 */
final class FuzzServer implements AutoCloseable {
  static final String USER_KEY = "sk-of-a-user-51c0ffee";
  static final String ADMIN_KEY = "sk-of-an-admin-0ddba11";

  /** Longer than anything takes here; only a broken server lets somebody wait for it. */
  static final int LONG_SECONDS = 60;

  static final Path DEMO = Path.of(System.getProperty("lorikeet.root"), "models/demo");

  private static final int BODY_BYTES_MAX = 200_000;
  private static final int CONTEXT_MAX = 512;

  final LorikeetEngine engine;
  private final TextModel text;
  private final HttpServer http;

  private FuzzServer(LorikeetEngine engine, TextModel text, HttpServer http) {
    this.engine = engine;
    this.text = text;
    this.http = http;
  }

  static FuzzServer start() {
    Path adapters = DEMO.resolve("adapters");
    Settings settings =
        SettingsReader.read(
            Optional.empty(),
            Map.ofEntries(
                Map.entry("server.port", 0),
                Map.entry("server.body-bytes-max", BODY_BYTES_MAX),
                Map.entry("server.head-wait", "1s"),
                Map.entry("server.body-wait", "1s"),
                Map.entry("socket.idle", "1s"),
                Map.entry("socket.ping", "1s"),
                Map.entry("socket.pong-wait", "1s"),
                Map.entry("socket.close-wait", "1s"),
                // What a client leaves behind must go with it, not with time.
                Map.entry("schedule.without-credit", "1h"),
                Map.entry("adapters.roots", List.of(adapters.toString())),
                Map.entry("access.keys.user.key", USER_KEY),
                Map.entry("access.keys.admin.key", ADMIN_KEY),
                Map.entry("access.keys.admin.role", "admin")));
    LoadedModel model = ModelFolder.load(DEMO, Set.of());
    TextModel text = TextModel.load(DEMO).orElseThrow();
    LorikeetEngine engine =
        await(
            LorikeetEngine.start(
                new EngineStart(
                    settings,
                    model,
                    model.name(),
                    Optional.of(text),
                    () -> new ScriptedExecutor(info(model.spec().vocab())),
                    List.of(adapters),
                    Map.of(),
                    settings.access()::mayUse,
                    Clock.system(ZoneOffset.UTC),
                    ConfigFactory.parseMap(
                        Map.of("pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", "off")))));
    return new FuzzServer(
        engine, text, await(HttpServer.start(engine, settings, SamplingDefaults.NONE)));
  }

  private static ExecutorInfo info(int vocabSize) {
    return new ExecutorInfo(
        "scripted", "none", "scripted", 1, 256, 16, 32, 4, 16, vocabSize, 8, CONTEXT_MAX, 1, 0);
  }

  InetSocketAddress address() {
    return http.address();
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(LONG_SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    await(engine.stop());
    text.close();
  }
}
