package io.lorikeet.cli;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.EngineStart;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.config.ServerSettings;
import io.lorikeet.config.Settings;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.FiniteRecords;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.http.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server from model folder to bound port. Started once; ends with its actor system. */
final class RunningServer {
  private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

  private final LorikeetEngine engine;
  private final HttpServer http;
  private final String readyLine;

  private RunningServer(LorikeetEngine engine, HttpServer http, String readyLine) {
    this.engine = engine;
    this.http = http;
    this.readyLine = readyLine;
  }

  /**
   * Loads, warms up and binds.
   *
   * @throws LorikeetException MODEL_* for a folder that can't be served
   * @throws IllegalArgumentException for a template that can't be used, an address that can't be
   *     bound
   */
  static RunningServer start(ServedFolder folder, Optional<String> name, Settings settings) {
    return start(folder, name, settings, List.of());
  }

  /**
   * As {@link #start(ServedFolder, Optional, Settings)}, ready when some adapters are loaded.
   *
   * @throws LorikeetException for an adapter that can't be
   */
  static RunningServer start(
      ServedFolder folder, Optional<String> name, Settings settings, List<String> preloaded) {
    Optional<String> template =
        settings.chatTemplate().map(file -> ChatTemplateFile.read(file, settings.requests()));
    WeightCacheSettings cache = settings.engine().weightsCache();
    LoadedModel model =
        ModelFolder.load(
            folder.model(),
            Set.copyOf(settings.acceptFields()),
            new FiniteRecords(cache.directory(), cache.bytesMin()));
    Optional<TextModel> text = text(folder.model(), template);
    if (text.isEmpty()) {
      LOG.warn("the model folder has no tokenizer.json: requests must carry token ids");
    }
    SamplingDefaults sampling = SamplingDefaults.read(folder.model());
    List<String> leftAside = sampling.refuseUnless(settings.acceptFields());
    if (!leftAside.isEmpty()) {
      LOG.warn("generation_config.json: {} are not applied", leftAside);
    }
    warnWhenOpen(settings);
    ExecutorProvider provider = BackEnd.find(settings.device(), model, settings.engine());
    String remark = provider.remark(settings.engine());
    if (!remark.isEmpty()) {
      LOG.warn(remark);
    }
    LorikeetEngine engine =
        await(
            LorikeetEngine.start(
                new EngineStart(
                    settings,
                    model,
                    name.orElse(model.name()),
                    text,
                    () -> provider.open(model, settings.engine()),
                    folder.adapters().roots(),
                    folder.adapters().entries(),
                    settings.access()::mayUse,
                    Clock.system(ZoneId.systemDefault()),
                    ConfigFactory.empty())));
    preload(engine, preloaded);
    HttpServer http = bind(engine, settings, sampling);
    return new RunningServer(engine, http, readyLine(engine, http));
  }

  private static Optional<TextModel> text(Path folder, Optional<String> template) {
    Optional<TextModel> text = TextModel.load(folder);
    if (text.isEmpty() && template.isPresent()) {
      throw new IllegalArgumentException(
          "a chat template needs a model folder with tokenizer.json. Given: " + folder);
    }
    return text.map(t -> template.map(t::withChatTemplate).orElse(t));
  }

  private static void preload(LorikeetEngine engine, List<String> adapters) {
    try {
      adapters.forEach(adapter -> await(engine.preload(adapter)));
    } catch (RuntimeException e) {
      await(engine.stop());
      throw e;
    }
  }

  private static void warnWhenOpen(Settings settings) {
    String host = settings.server().host();
    if (!settings.access().isClosed() && !isThisMachine(host)) {
      LOG.warn("whoever reaches {} may use this server: it has no --api-key", host);
    }
  }

  private static boolean isThisMachine(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false; // binding says what is wrong with it
    }
  }

  private static HttpServer bind(
      LorikeetEngine engine, Settings settings, SamplingDefaults sampling) {
    try {
      return await(HttpServer.start(engine, settings, sampling));
    } catch (RuntimeException e) {
      await(engine.stop());
      ServerSettings server = settings.server();
      throw new IllegalArgumentException(
          "cannot listen on %s:%d: %s".formatted(server.host(), server.port(), e.getMessage()), e);
    }
  }

  private static String readyLine(LorikeetEngine engine, HttpServer http) {
    int adapters = await(engine.adapters()).size();
    return "ready url=%s model=%s kernels=%s numerics=%s kv_blocks=%d adapters=%d"
        .formatted(
            url(http.address()),
            engine.model().name(),
            engine.executor().kernelPath(),
            engine.executor().numericsId(),
            engine.executor().kvBlocks(),
            adapters);
  }

  private static String url(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    String text = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
    return "http://" + (text.contains(":") ? "[" + text + "]" : text) + ":" + address.getPort();
  }

  String readyLine() {
    return readyLine;
  }

  String url() {
    return url(http.address());
  }

  /** Returns when the actor system has ended, which a signal to the process brings about. */
  void awaitEnd() {
    await(engine.ended());
  }

  /** Lets running answers end, then ends everything. */
  void stop() {
    await(engine.stop());
  }

  // The command line's own thread has nothing else to do.
  private static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : e;
    }
  }
}
