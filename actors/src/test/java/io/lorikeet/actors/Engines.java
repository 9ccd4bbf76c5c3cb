package io.lorikeet.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.text.TextModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;

/** Engines for tests: the real actors over scripted executors and adapters. */
final class Engines {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final String MODEL = "base";

  final ScriptedSource adapters = new ScriptedSource();
  final Health health = new Health();
  final Map<String, Object> settings = new HashMap<>();
  Supplier<Executor> executors = () -> new ScriptedExecutor(Infos.SMALL);
  List<Integer> endTokens = List.of();
  Optional<TextModel> text = Optional.empty();
  Optional<ChatRenderer> chats = Optional.empty();
  BiPredicate<String, String> rights = (_, _) -> true;

  static Engines scripted() {
    return new Engines();
  }

  Engines with(String key, Object value) {
    settings.put(key, value);
    return this;
  }

  Wiring wiring() {
    Settings read = SettingsReader.read(Optional.empty(), settings);
    long origin = System.nanoTime();
    return new Wiring(
        read,
        MODEL,
        endTokens,
        text,
        chats,
        executors,
        new RegisteredSource(
            adapters, adapters, read.adapters().roots(), read.adapters().registeredMax()),
        rights,
        EngineMetrics.create(MODEL),
        health,
        () -> System.nanoTime() - origin);
  }

  LorikeetEngine start() throws Exception {
    return LorikeetEngine.start(wiring(), model(), forTests())
        .toCompletableFuture()
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static Function<ExecutorInfo, Engine.ServedModel> model() {
    return info ->
        new Engine.ServedModel(
            MODEL,
            "print",
            "llama",
            info.contextMax(),
            info.vocabSize(),
            0,
            false,
            false,
            Engine.ToolUse.NONE);
  }

  static Config forTests() {
    return ConfigFactory.parseMap(
        Map.of("pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", "off"));
  }

  static void stop(LorikeetEngine engine) throws Exception {
    engine.system().terminate();
    engine
        .system()
        .getWhenTerminated()
        .toCompletableFuture()
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** A request for tokens after tokens. */
  static Generation request(Target target, int newTokens, int... prompt) {
    return new Generation(
        "r",
        "p",
        target,
        List.of(new Prompt.Ids(prompt)),
        1,
        OptionalInt.of(newTokens),
        SamplingParams.GREEDY,
        Ending.PLAIN,
        false,
        OptionalInt.empty(),
        Optional.empty());
  }

  static Target base() {
    return new Target.Adapter(Optional.empty());
  }

  static Target adapter(String name) {
    return new Target.Adapter(Optional.of(name));
  }
}
