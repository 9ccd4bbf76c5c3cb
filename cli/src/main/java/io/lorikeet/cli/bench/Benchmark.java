package io.lorikeet.cli.bench;

import io.lorikeet.engine.spi.ExecutorProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Runs settings in turns, so that what else the machine does falls on all of them alike. */
public final class Benchmark {
  private static final int WARM_UP = 2;

  private final ExecutorProvider provider;
  private final int rounds;
  private final Consumer<String> progress;

  /**
   * @param rounds of each setting
   * @param progress told in a few words what is being done
   */
  public Benchmark(ExecutorProvider provider, int rounds, Consumer<String> progress) {
    this.provider = provider;
    this.rounds = rounds;
    this.progress = progress;
  }

  /** Measures all settings; the measurements in their order. */
  public List<Measurement> run(List<Setting> settings) {
    progress.accept("probing the machine");
    int threads = settings.getFirst().threads();
    Probe probe =
        provider
            .speed()
            .map(Probe::of)
            .orElseGet(() ->
                Probe.of(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads));
    List<Measured> all = new ArrayList<>();
    try {
      for (Setting setting : settings) {
        progress.accept("making up " + setting.text());
        all.add(new Measured(setting, BenchEngine.open(setting, provider)));
      }
      for (int round = -WARM_UP; round < rounds; round++) {
        for (Measured each : all) {
          progress.accept(
              (round < 0 ? "warm-up: " : "round %d of %d: ".formatted(round + 1, rounds))
                  + each.setting.text());
          each.run(round);
        }
      }
    } finally {
      all.forEach(each -> each.engine.close());
    }
    return all.stream().map(each -> each.measurement(probe)).toList();
  }

  private static final class Measured {
    private static final double[] NO_PAIRS = {};

    private final Setting setting;
    private final BenchEngine engine;
    private final List<Round> rounds = new ArrayList<>();
    private final List<double[]> pairs = new ArrayList<>();

    Measured(Setting setting, BenchEngine engine) {
      this.setting = setting;
      this.engine = engine;
      engine.loadAdapters();
    }

    void run(int round) {
      double[] ratios = setting.asksForAdapters() ? engine.runPaired(round) : NO_PAIRS;
      Round result = engine.run(true, round);
      if (round >= 0) {
        pairs.add(ratios);
        rounds.add(result);
      }
    }

    Measurement measurement(Probe probe) {
      Shape shape = setting.shape();
      long adapters = engine.adaptersAsked(0);
      double kvOfToken = 2.0 * shape.layers() * shape.kvHeads() * shape.headDim() * Float.BYTES;
      double context = setting.prompt() + setting.fresh() / 2.0;
      double weights = engine.weightBytesRead();
      return new Measurement(
          setting,
          engine.executor(),
          probe,
          rounds,
          pairs.stream().flatMapToDouble(Arrays::stream).toArray(),
          weights + adapters * engine.adapterBytes() + setting.streams() * context * kvOfToken,
          projections(shape));
    }

    // The head is not run for tokens of a prompt.
    private static double projections(Shape shape) {
      double kv = 2.0 * shape.kvHeads() * shape.headDim() * shape.hidden();
      double attention = 2.0 * shape.hidden() * shape.hidden() + kv;
      return shape.layers() * (attention + 3.0 * shape.hidden() * shape.intermediate());
    }
  }
}
