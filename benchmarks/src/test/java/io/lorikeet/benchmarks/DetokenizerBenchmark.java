package io.lorikeet.benchmarks;

import io.lorikeet.engine.text.Detokenizer;
import io.lorikeet.engine.text.TextModel;
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

/** The text of one more token of a long answer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DetokenizerBenchmark {
  private static final String ANSWER =
      " Rainbow lorikeets fly through the trees in small, noisy groups: naïve, maybe, but 12 of"
          + " them sip from every flower. 鸟儿在树上唱歌。\n";

  @Param({"bytelevel-llama3", "spm-llama2", "wordpiece-bert-cased"})
  private String tokenizer = "";

  private Detokenizer detokenizer;
  private int[] ids;
  private int next;

  @Setup
  public void setUp() {
    try (TextModel text =
        TextModel.load(Fixtures.folder("tokenizers").resolve(tokenizer)).orElseThrow()) {
      ids = text.tokenizer().encode(ANSWER, false);
      detokenizer = text.detokenizers().create(new int[0], true);
    }
  }

  @Benchmark
  public String token() {
    next = next + 1 < ids.length ? next + 1 : 0;
    return detokenizer.push(ids[next]);
  }
}
