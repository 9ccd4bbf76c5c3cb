package io.lorikeet.benchmarks.streams;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.EngineStart;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.http.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The server of the demo model on a free port, with a {@link PhraseExecutor} for its executor. */
final class PhraseServer implements AutoCloseable {
  static final String MODEL = "demo";

  /** Plain words, so that every token leaves text. */
  static final String PHRASE =
      " Rainbow lorikeets fly through the trees in small and noisy groups, and sip from flowers.";

  private static final Path FOLDER = Path.of(System.getProperty("lorikeet.root"), "models", "demo");
  private static final int CONTEXT = 1 << 20;
  private static final int BLOCK_TOKENS = 16;

  private final LorikeetEngine engine;
  private final HttpServer http;

  private PhraseServer(LorikeetEngine engine, HttpServer http) {
    this.engine = engine;
    this.http = http;
  }

  /**
   * Starts it.
   *
   * @param streams that run at once
   * @param tokens that each of them has at most, prompt included
   * @param credit tokens of a stream that its client has not taken yet
   */
  static PhraseServer start(int streams, int tokens, int credit) {
    LoadedModel model = ModelFolder.load(FOLDER);
    TextModel text = TextModel.load(FOLDER).orElseThrow();
    ExecutorInfo info = info(model, streams, tokens);
    int[] phrase = text.tokenizer().encode(PHRASE, false);
    Settings settings =
        SettingsReader.read(
            Optional.empty(),
            Map.of("server.port", 0, "requests.stream-credit", credit, "engine.seats", streams));
    LorikeetEngine engine =
        await(
            LorikeetEngine.start(
                new EngineStart(
                    settings,
                    model,
                    MODEL,
                    Optional.of(text),
                    () -> new PhraseExecutor(info, phrase),
                    List.of(),
                    Map.of(),
                    (_, _) -> true,
                    Clock.system(ZoneOffset.UTC),
                    ConfigFactory.empty())));
    return new PhraseServer(
        engine, await(HttpServer.start(engine, settings, SamplingDefaults.NONE)));
  }

  private static ExecutorInfo info(LoadedModel model, int streams, int tokens) {
    return new ExecutorInfo(
        "phrase",
        "none",
        "none",
        1,
        streams * Math.ceilDiv(tokens, BLOCK_TOKENS),
        BLOCK_TOKENS,
        Math.max(256, streams),
        1,
        streams,
        model.spec().vocab(),
        1,
        CONTEXT,
        1,
        0);
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
