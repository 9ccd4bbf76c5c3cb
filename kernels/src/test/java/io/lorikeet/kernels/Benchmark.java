package io.lorikeet.kernels;

import io.lorikeet.kernels.vector.VectorKernels;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Measures {@code matmul} on one thread: GMAC/s per storage type and number of tokens, the median
 * of 21 calls after a warm-up of six seconds. Arguments: face, rows, columns, type; default the
 * vector face of the preferred width, 2048 x 2048 and all types.
 */
final class Benchmark {
  private static final int[] TOKENS = {1, 2, 4, 8, 16, 64};
  private static final long WARM_UP_NANOS = 6_000_000_000L;
  private static final int CALLS = 21;

  private Benchmark() {}

  public static void main(String[] args) {
    Kernels face = args.length > 0 ? face(args[0]) : VectorKernels.preferred();
    int rows = args.length > 1 ? Integer.parseInt(args[1]) : 2048;
    int cols = args.length > 2 ? Integer.parseInt(args[2]) : 2048;
    System.out.println(face.name() + ", " + rows + " x " + cols + ", GMAC/s");
    DType[] dtypes = args.length > 3 ? new DType[] {DType.valueOf(args[3])} : DType.values();
    for (DType dtype : dtypes) {
      Matrix w = new Operands(0, 1).matrix(dtype, rows, cols);
      for (int tokens : TOKENS) {
        double nanos = matmulNanos(face, w, tokens);
        System.out.printf(
            "%5s %3d tokens %7.1f%n", dtype, tokens, (double) rows * cols * tokens / nanos);
      }
    }
  }

  private static Kernels face(String name) {
    return Faces.ALL.stream()
        .filter(face -> face.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no face " + name));
  }

  private static double matmulNanos(Kernels face, Matrix w, int tokens) {
    float[] x = new Operands(1, 1).floats(tokens * (w.cols() + 16));
    float[] y = new float[tokens * (w.rows() + 16)];
    int[] each = IntStream.range(0, tokens).toArray();
    Runnable call =
        () ->
            face.matmul(
                w, 0, w.rows(), x, w.cols() + 16, each, y, w.rows() + 16, 0, each, 0, tokens);
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_NANOS) {
      call.run();
    }
    long[] nanos = new long[CALLS];
    for (int i = 0; i < CALLS; i++) {
      long before = System.nanoTime();
      call.run();
      nanos[i] = System.nanoTime() - before;
    }
    Arrays.sort(nanos);
    return nanos[CALLS / 2];
  }
}
