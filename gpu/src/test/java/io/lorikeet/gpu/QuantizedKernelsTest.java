package io.lorikeet.gpu;

import static io.lorikeet.gpu.Device.value;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Linear layers with weights in blocks give the scalar reference's bits, from the CPU's packing.
 */
final class QuantizedKernelsTest {
  private static final long SEED = 12;

  private final Kernels reference = new ScalarKernels();
  private final Random random = new Random(SEED);
  private Device device;

  @BeforeEach
  void open() throws Exception {
    FakeDriver.open().configure("mode=lazy,simt=threads=random;blocks=random;seed=3");
    device = new Device(FakeDriver.kernels());
  }

  @AfterEach
  void close() {
    device.close();
  }

  @ParameterizedTest(name = "{0}, {1} tokens, [{2}, {3}], added {4}, seed 12")
  @CsvSource({
    "Q8, 1, 8, 8, false",
    "Q8, 6, 21, 76, false",
    "Q8, 9, 40, 1032, true",
    "Q4, 1, 8, 8, false",
    "Q4, 6, 21, 76, true",
    "Q4, 4, 64, 250, false"
  })
  void linearLayersHaveTheReferencesBits(
      BlockFormat format, int tokens, int rows, int cols, boolean accumulate) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stored = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values(rows * cols));
      QuantizedMatrix w = QuantizedMatrix.allocate(format, rows, cols, arena);
      reference.pack(new Matrix(stored, DType.F32, rows, cols), w, 0, QuantizedMatrix.groups(rows));
      float[] x = values(tokens * cols);
      float[] before = values(tokens * rows);
      CUdeviceptr y = accumulate ? device.put(before) : device.room(before.length);
      float[] expected = new float[before.length];
      int[] all = IntStream.range(0, tokens).toArray();
      reference.matmulExact(w, 0, rows, x, cols, all, expected, rows, 0, all, 0, tokens);
      for (int i = 0; accumulate && i < expected.length; i++) {
        expected[i] += before[i];
      }

      device.launch(
          "linear_" + format.name().toLowerCase(Locale.ROOT),
          (rows + 15) / 16,
          (tokens + 3) / 4,
          Pointer.to(y),
          Pointer.to(device.put(w.data().toArray(ValueLayout.JAVA_BYTE))),
          Pointer.to(device.put(x)),
          value(tokens),
          value(rows),
          value(cols),
          value(rows),
          value(cols),
          value(accumulate ? 1 : 0));

      assertArrayEquals(bits(expected), bits(device.get(y, expected.length)));
    }
  }

  private float[] values(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static int[] bits(float[] values) {
    return IntStream.range(0, values.length).map(i -> Float.floatToRawIntBits(values[i])).toArray();
  }
}
