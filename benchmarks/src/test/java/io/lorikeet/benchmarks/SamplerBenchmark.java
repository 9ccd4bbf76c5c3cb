package io.lorikeet.benchmarks;

import io.lorikeet.engine.sample.Drawn;
import io.lorikeet.engine.sample.Sampler;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenHistory;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A draw from normal logits of which 20 stand out. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SamplerBenchmark {
  private static final int OUTSTANDING = 20;

  /** How tokens are drawn. */
  public enum Draw {
    GREEDY,
    TEMPERATURE,
    TOP_K_50,
    TOP_P_95,
    MIN_P_05,
    LOGPROBS_5;

    private SamplingParams params() {
      return switch (this) {
        case GREEDY -> SamplingParams.GREEDY;
        case TEMPERATURE -> new SamplingParams(0.8f, 0, 1f, 0f, 5L, -1);
        case TOP_K_50 -> new SamplingParams(0.8f, 50, 1f, 0f, 5L, -1);
        case TOP_P_95 -> new SamplingParams(0.8f, 0, 0.95f, 0f, 5L, -1);
        case MIN_P_05 -> new SamplingParams(0.8f, 0, 1f, 0.05f, 5L, -1);
        case LOGPROBS_5 -> new SamplingParams(0f, 0, 1f, 0f, 5L, 5);
      };
    }
  }

  @Param private Draw draw = Draw.GREEDY;

  @Param({"32000", "128256"})
  private int vocab;

  private Sampler sampler;
  private SamplingParams params;
  private float[] logits;
  private TokenHistory history;
  private int position;

  @Setup
  public void setUp() {
    sampler = new Sampler(Face.NATIVE.kernels(), vocab);
    logits = new float[vocab];
    SplittableRandom random = new SplittableRandom(7);
    for (int id = 0; id < vocab; id++) {
      logits[id] = (float) (random.nextGaussian() * 3);
    }
    for (int i = 0; i < OUTSTANDING; i++) {
      logits[random.nextInt(vocab)] = (float) (14 + random.nextGaussian() * 2);
    }
    params = draw.params();
    history = TokenHistory.of(params, new int[0], 0, 0, 0);
  }

  @Benchmark
  public Drawn draw() {
    return sampler.draw(logits, 0, params, history, position++ & Integer.MAX_VALUE);
  }
}
