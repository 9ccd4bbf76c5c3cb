package io.lorikeet.benchmarks.streams;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.EngineStart;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.benchmarks.streams.Served.Load;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.http.HttpServer;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A whole server in this process, on a free port. */
final class StreamServer implements AutoCloseable {
  static final String MODEL = "base";

  /** Plain words, so that every token leaves text. */
  static final String PHRASE =
      " Rainbow lorikeets fly through the trees in small and noisy groups, and sip from flowers.";

  private final LorikeetEngine engine;
  private final HttpServer http;

  private StreamServer(LorikeetEngine engine, HttpServer http) {
    this.engine = engine;
    this.http = http;
  }

  /**
   * Starts it.
   *
   * @param overrides settings by their names below {@code lorikeet}
   */
  static StreamServer start(Served served, Load load, Map<String, ?> overrides) {
    LoadedModel model = served.model();
    TextModel text = TextModel.load(Served.FOLDER).orElseThrow();
    int[] phrase = text.tokenizer().encode(PHRASE, false);
    Map<String, Object> all = new HashMap<>(overrides);
    all.put("server.port", 0);
    all.put("engine.seats", load.streams());
    Settings settings = SettingsReader.read(Optional.empty(), all);
    LorikeetEngine engine =
        await(
            LorikeetEngine.start(
                new EngineStart(
                    settings,
                    model,
                    MODEL,
                    Optional.of(text),
                    served.executors(model, settings, load, phrase),
                    List.of(),
                    Map.of(),
                    (_, _) -> true,
                    Clock.system(ZoneOffset.UTC),
                    ConfigFactory.empty())));
    return new StreamServer(
        engine, await(HttpServer.start(engine, settings, SamplingDefaults.NONE)));
  }

  InetSocketAddress address() {
    return http.address();
  }

  @Override
  public void close() {
    await(engine.stop());
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
