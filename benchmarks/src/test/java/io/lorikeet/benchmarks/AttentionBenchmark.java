package io.lorikeet.benchmarks;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Scores;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** Attention of one row, eight query heads of 64 that share a KV head, on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
  private static final int HEADS = 8;
  private static final int HEAD_DIM = 64;

  @Param private Face face = Face.NATIVE;

  @Param({"128", "2048"})
  private int context;

  private Kernels kernels;
  private KvHead kv;
  private int[] blocks;
  private float[] q;
  private float[] out;
  private Scores scores;

  @Setup
  public void setUp() {
    kernels = face.kernels();
    int blockFloats = 2 * HEAD_DIM * KvHead.TOKENS;
    blocks = IntStream.range(0, context / KvHead.TOKENS).toArray();
    float[] numbers = new Numbers(1).floats(blocks.length * blockFloats);
    MemorySegment cache = Arena.ofAuto().allocate((long) numbers.length * Float.BYTES, 64);
    MemorySegment.copy(numbers, 0, cache, ValueLayout.JAVA_FLOAT, 0, numbers.length);
    kv = new KvHead(cache, blockFloats, 0, HEAD_DIM * KvHead.TOKENS, HEAD_DIM);
    q = new Numbers(2).floats(HEADS * HEAD_DIM);
    out = new float[HEADS * HEAD_DIM];
    scores = Scores.scaled((float) (1 / Math.sqrt(HEAD_DIM)));
  }

  @Benchmark
  public float[] row() {
    kernels.attention(kv, blocks, 0, 0, context, q, 0, HEADS, scores, out, 0);
    return out;
  }
}
