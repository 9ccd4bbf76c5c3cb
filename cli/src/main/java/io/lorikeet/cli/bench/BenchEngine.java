package io.lorikeet.cli.bench;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Ending;
import io.lorikeet.actors.EngineStart;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.Target;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.MadeUpModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.http.generation.GenerationSource;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** A whole engine with a made-up model and made-up adapters; everything but HTTP. */
final class BenchEngine implements AutoCloseable {
  private static final String BASE = "base";
  private static final int SEATS_MIN = 64;
  private static final long HOST_BYTES_MIN = 2L << 30;

  private final Setting setting;
  private final MadeUpAdapters adapters;
  private final LorikeetEngine engine;
  private final StepPairs pairs;
  private final long weightBytes;

  private BenchEngine(
      Setting setting,
      MadeUpAdapters adapters,
      LorikeetEngine engine,
      StepPairs pairs,
      long weightBytes) {
    this.setting = setting;
    this.adapters = adapters;
    this.engine = engine;
    this.pairs = pairs;
    this.weightBytes = weightBytes;
  }

  /** Makes everything up and starts, with a slot for each adapter. */
  static BenchEngine open(Setting setting, ExecutorProvider provider) {
    return open(setting, provider, Math.max(1, setting.adapters()));
  }

  /** Likewise, with so many slots. */
  static BenchEngine open(Setting setting, ExecutorProvider provider, int slots) {
    MadeUpAdapters adapters = new MadeUpAdapters(setting);
    StepPairs pairs = new StepPairs();
    try {
      Settings settings = settings(setting, adapters, slots);
      LoadedModel model = MadeUpModel.of(BASE, setting.shape().config(), setting.stored(), 1);
      LorikeetEngine engine =
          await(
              LorikeetEngine.start(
                  new EngineStart(
                      settings,
                      model,
                      BASE,
                      Optional.empty(),
                      () -> new PairedExecutor(provider.open(model, settings.engine()), pairs),
                      List.of(adapters.root()),
                      adapters.others(),
                      (_, _) -> true,
                      Clock.system(ZoneOffset.UTC),
                      ConfigFactory.empty())));
      long weightBytes = provider.memoryNeed(model, settings.engine()).weightBytes();
      return new BenchEngine(setting, adapters, engine, pairs, weightBytes);
    } catch (RuntimeException e) {
      adapters.close();
      throw e;
    }
  }

  private static Settings settings(Setting setting, MadeUpAdapters adapters, int slots) {
    Map<String, Object> overrides = new HashMap<>();
    int seats = Math.max(SEATS_MIN, setting.streams());
    overrides.put("engine.threads", setting.threads());
    overrides.put("engine.kernels", setting.kernels());
    overrides.put("engine.weights", setting.weights());
    overrides.put("engine.numerics", setting.numerics());
    overrides.put("engine.seats", seats);
    overrides.put("engine.rows-max", seats);
    overrides.put("engine.slots", slots);
    // Images can be larger than files: matrices are packed for the kernels.
    long images = 2L * setting.adapters() * adapters.bytes();
    overrides.put("adapters.host-bytes", Math.max(HOST_BYTES_MIN, images));
    return SettingsReader.read(Optional.empty(), overrides);
  }

  ExecutorInfo executor() {
    return engine.executor();
  }

  /** Bytes of weights that a step reads: all but the embedding's other rows. */
  long weightBytesRead() {
    Shape shape = setting.shape();
    boolean headIsEmbedding = shape.tied() && setting.weights().equals("stored");
    long embedding = (long) shape.vocab() * shape.hidden() * setting.storedBytes();
    return weightBytes - (headIsEmbedding ? 0 : embedding);
  }

  /** Bytes of an adapter of the largest rank. */
  long adapterBytes() {
    return adapters.bytes();
  }

  /** Asks each adapter once, so that all are loaded. */
  void loadAdapters() {
    for (int i = 0; i < setting.adapters(); i++) {
      run(List.of(MadeUpAdapters.name(i)), 1, 2);
    }
  }

  /**
   * All streams at once.
   *
   * @param adapted whether they ask for adapters
   * @param seed of prompts and of the choice of adapters
   */
  Round run(boolean adapted, long seed) {
    List<String> models = models(adapted, seed);
    return Round.of(run(models, setting.prompt(), setting.fresh()), setting.prompt());
  }

  /**
   * As {@link #run(boolean, long)} with adapters, each decode step with them and without in turns.
   *
   * @return ratios of the time with adapters to that without, one a step
   */
  double[] runPaired(long seed) {
    pairs.clear();
    pairs.want(true);
    try {
      run(models(true, seed), setting.prompt(), setting.fresh());
    } finally {
      pairs.want(false);
    }
    return pairs.ratios();
  }

  /** How many different adapters a round asks for. */
  long adaptersAsked(long seed) {
    return models(true, seed).stream().filter(model -> !model.equals(BASE)).distinct().count();
  }

  private List<String> models(boolean adapted, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, setting.streams())
        .mapToObj(stream ->
            adapted && setting.asksForAdapters()
                ? MadeUpAdapters.name(
                    setting.distribution().choose(stream, setting.adapters(), random))
                : BASE)
        .toList();
  }

  /**
   * All streams at once on the base, while requests for a token come one after the other.
   *
   * @param visitor the adapter that the request of this number, from 0, asks for
   */
  Visited runVisited(IntUnaryOperator visitor) {
    List<StreamTimes> times = new ArrayList<>();
    CompletableFuture<Void> streams =
        start(models(false, 0), setting.prompt(), setting.fresh(), times);
    int visits = 0;
    do {
      run(List.of(MadeUpAdapters.name(visitor.applyAsInt(visits++))), 1, 2);
    } while (!streams.isDone());
    streams.join();
    return new Visited(Round.of(times, setting.prompt()), visits);
  }

  /**
   * A round and how many requests came meanwhile.
   *
   * @param round of the base's streams only
   */
  record Visited(Round round, int visits) {}

  private List<StreamTimes> run(List<String> models, int prompt, int fresh) {
    List<StreamTimes> times = new ArrayList<>();
    start(models, prompt, fresh, times).join();
    return times;
  }

  private CompletableFuture<Void> start(
      List<String> models, int prompt, int fresh, List<StreamTimes> times) {
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      StreamTimes stream = new StreamTimes(System.nanoTime(), fresh);
      times.add(stream);
      ends.add(start(generation(models.get(i), i, prompt, fresh), stream).toCompletableFuture());
    }
    return CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new));
  }

  private CompletionStage<Void> start(Generation generation, StreamTimes stream) {
    return engine
        .generate(generation)
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Accepted accepted ->
                  GenerationSource.read(
                      accepted, engine, event -> stream.add(event, System.nanoTime()));
              case Answer.Rejected(var code, var message) ->
                  throw new IllegalStateException("a stream was refused: " + code + ": " + message);
            });
  }

  private Generation generation(String model, int stream, int prompt, int fresh) {
    int[] ids = new SplittableRandom(stream).ints(prompt, 0, setting.shape().vocab()).toArray();
    return new Generation(
        "bench-" + stream,
        "bench",
        new Target.Model(model),
        List.of(new Prompt.Ids(ids)),
        1,
        OptionalInt.of(fresh),
        SamplingParams.GREEDY,
        Ending.PLAIN,
        false,
        OptionalInt.empty(),
        Optional.empty());
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  @Override
  public void close() {
    await(engine.stop());
    adapters.close();
  }
}
