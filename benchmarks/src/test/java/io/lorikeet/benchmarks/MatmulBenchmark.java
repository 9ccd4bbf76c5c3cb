package io.lorikeet.benchmarks;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.Arena;
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

/** A linear layer of 2048 x 2048 on one thread, its weights in the cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatmulBenchmark {
  private static final int SIZE = 2048;
  private static final int STRIDE = SIZE + 16;

  @Param private Face face = Face.NATIVE;

  @Param({"1", "8", "64"})
  private int tokens;

  private Kernels kernels;
  private Matrix bf16;
  private QuantizedMatrix q8;
  private QuantizedMatrix q4;
  private float[] x;
  private Int8Rows integers;
  private float[] y;
  private int[] each;

  @Setup
  public void setUp() {
    kernels = face.kernels();
    Numbers numbers = new Numbers(1);
    bf16 = numbers.matrix(SIZE, SIZE, Arena.ofAuto());
    q8 = packed(BlockFormat.Q8);
    q4 = packed(BlockFormat.Q4);
    x = numbers.floats(tokens * STRIDE);
    integers = Int8Rows.allocate(tokens, SIZE);
    for (int token = 0; token < tokens; token++) {
      kernels.quantize(x, token * STRIDE, SIZE, integers, token);
    }
    y = new float[tokens * STRIDE];
    each = IntStream.range(0, tokens).toArray();
  }

  private QuantizedMatrix packed(BlockFormat format) {
    QuantizedMatrix packed = QuantizedMatrix.allocate(format, SIZE, SIZE, Arena.ofAuto());
    kernels.pack(bf16, packed, 0, QuantizedMatrix.groups(SIZE));
    return packed;
  }

  @Benchmark
  public float[] bf16() {
    kernels.matmul(bf16, 0, SIZE, x, STRIDE, each, y, STRIDE, 0, each, 0, tokens);
    return y;
  }

  @Benchmark
  public float[] q8() {
    kernels.matmulInt8(q8, 0, SIZE, integers, each, y, STRIDE, 0, each, 0, tokens);
    return y;
  }

  @Benchmark
  public float[] q4() {
    kernels.matmulInt8(q4, 0, SIZE, integers, each, y, STRIDE, 0, each, 0, tokens);
    return y;
  }
}
