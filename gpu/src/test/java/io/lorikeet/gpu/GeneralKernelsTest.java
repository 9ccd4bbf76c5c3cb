package io.lorikeet.gpu;

import static io.lorikeet.gpu.Device.value;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The plain CUDA kernels give the values of the scalar reference, within float rounding. */
final class GeneralKernelsTest {
  private static final float BOUND = 2e-6f; // of the largest magnitude of a result
  private static final int ROWS = 3;
  private static final float EPS = 1e-5f;
  private static final Pointer NULL = Pointer.to(new long[] {0});

  private final Kernels reference = new ScalarKernels();
  private final Random random = new Random(11);
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

  @ParameterizedTest
  @ValueSource(ints = {8, 64, 250, 1032})
  void rmsNormIsTheReferences(int width) {
    float[] x = values(ROWS * width);
    float[] weight = values(width);
    CUdeviceptr y = device.room(x.length);
    float[] expected = new float[x.length];
    for (int row = 0; row < ROWS; row++) {
      reference.rmsNorm(x, row * width, weight, width, EPS, expected, row * width);
    }

    device.launch(
        "rms_norm",
        ROWS,
        Pointer.to(y),
        Pointer.to(device.put(x)),
        NULL,
        NULL,
        value(0),
        NULL,
        Pointer.to(device.put(weight)),
        value(width),
        value(EPS));

    assertClose(expected, device.get(y, x.length));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 511, 4_100})
  void allWordsAreRead(int count) {
    int[] words = random.ints(4L * Math.max(1, count)).toArray();
    int threads = 2 * 256;
    CUdeviceptr sums = device.room(threads);

    device.launch(
        "read_words",
        2,
        Pointer.to(sums),
        Pointer.to(device.put(words)),
        Pointer.to(new long[] {count}));

    int sum = 0;
    for (float each : device.get(sums, threads)) {
      sum += Float.floatToRawIntBits(each);
    }
    assertEquals(IntStream.of(words).limit(4L * count).sum(), sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 64, 250, 1032})
  void layerNormIsTheReferences(int width) {
    float[] x = values(ROWS * width);
    float[] weight = values(width);
    float[] bias = values(width);
    CUdeviceptr y = device.room(x.length);
    float[] expected = new float[x.length];
    for (int row = 0; row < ROWS; row++) {
      reference.layerNorm(x, row * width, weight, bias, width, EPS, expected, row * width);
    }

    device.launch(
        "layer_norm",
        ROWS,
        Pointer.to(y),
        Pointer.to(device.put(x)),
        NULL,
        NULL,
        value(0),
        NULL,
        Pointer.to(device.put(weight)),
        Pointer.to(device.put(bias)),
        value(width),
        value(EPS));

    assertClose(expected, device.get(y, x.length));
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void gatedActivationsAreTheReferences(Activation kind) {
    int count = 1_500;
    float[] gate = values(count);
    float[] up = values(count);
    CUdeviceptr y = device.room(count);
    float[] expected = new float[count];
    reference.gatedActivation(kind, gate, 0, up, 0, expected, 0, count);

    device.launch(
        "gated_" + kind.name().toLowerCase(Locale.ROOT),
        2,
        Pointer.to(y),
        Pointer.to(device.put(gate)),
        Pointer.to(device.put(up)),
        value(3),
        value(count / 3),
        value(count / 3),
        value(count / 3),
        value(count / 3));

    assertClose(expected, device.get(y, count));
  }

  @ParameterizedTest
  @CsvSource({"64, 64, false", "80, 32, false", "64, 64, true", "128, 32, true"})
  void rotaryPositionsAreTheReferences(int headDim, int rotaryDim, boolean interleaved) {
    int heads = 5;
    int half = rotaryDim / 2;
    int[] positions = {4, 0, 2};
    float[] x = values(ROWS * heads * headDim);
    float[] cos = values(5 * half);
    float[] sin = values(5 * half);
    CUdeviceptr rotated = device.put(x);
    float[] expected = x.clone();
    for (int row = 0; row < ROWS; row++) {
      int offset = row * heads * headDim;
      int angles = positions[row] * half;
      if (interleaved) {
        reference.ropeInterleaved(expected, offset, heads, headDim, rotaryDim, cos, sin, angles);
      } else {
        reference.rope(expected, offset, heads, headDim, rotaryDim, cos, sin, angles);
      }
    }

    device.launch(
        "rope",
        ROWS,
        Pointer.to(rotated),
        Pointer.to(device.put(cos)),
        Pointer.to(device.put(sin)),
        Pointer.to(device.put(positions)),
        value(heads),
        value(1),
        value(headDim),
        value(heads * headDim),
        value(headDim),
        value(rotaryDim),
        value(interleaved ? 1 : 0));

    assertClose(expected, device.get(rotated, x.length));
  }

  @ParameterizedTest
  @CsvSource({"1, 8, 8, false", "6, 21, 76, false", "4, 64, 250, true", "9, 40, 1032, true"})
  void linearLayersAreTheReferences(int tokens, int rows, int cols, boolean accumulate) {
    short[] weights = new short[rows * cols];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16);
    }
    float[] x = values(tokens * cols);
    float[] before = values(tokens * rows);
    CUdeviceptr y = accumulate ? device.put(before) : device.room(before.length);
    int[] places = IntStream.range(0, tokens).toArray();
    float[] expected = new float[before.length];
    reference.matmul(
        new Matrix(bytes(weights), DType.BF16, rows, cols),
        0,
        rows,
        x,
        cols,
        places,
        expected,
        rows,
        0,
        places,
        0,
        tokens);
    for (int i = 0; accumulate && i < expected.length; i++) {
      expected[i] += before[i];
    }

    device.launch(
        "linear_bf16",
        (rows + 15) / 16,
        (tokens + 3) / 4,
        Pointer.to(y),
        Pointer.to(device.put(weights)),
        Pointer.to(device.put(x)),
        value(tokens),
        value(rows),
        value(cols),
        value(rows),
        value(cols),
        value(accumulate ? 1 : 0));

    assertClose(expected, device.get(y, expected.length));
  }

  @Test
  void valuesAreKeptWithinABoundAndNaNStays() {
    float[] x = {-7f, -2f, -1.5f, 0f, 2f, 2.5f, Float.POSITIVE_INFINITY, Float.NaN};
    CUdeviceptr y = device.put(x);

    device.launch("clip", 1, Pointer.to(y), value(2f), value(x.length));

    assertArrayEquals(
        new float[] {-2f, -2f, -1.5f, 0f, 2f, 2f, 2f, Float.NaN}, device.get(y, x.length));
  }

  private static MemorySegment bytes(short[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(values);
    return MemorySegment.ofBuffer(bytes);
  }

  @Test
  void embeddingsAreRowsOfTheTable() {
    int width = 72;
    int[] tokens = {5, 0, 5};
    short[] bf16 = new short[6 * width];
    short[] fp16 = new short[6 * width];
    for (int i = 0; i < bf16.length; i++) {
      float value = (float) random.nextGaussian();
      bf16[i] = (short) (Float.floatToRawIntBits(value) >>> 16);
      fp16[i] = Float.floatToFloat16(value);
    }
    float[] expectedBf16 = new float[ROWS * width];
    float[] expectedFp16 = new float[ROWS * width];
    for (int i = 0; i < ROWS * width; i++) {
      int from = tokens[i / width] * width + i % width;
      expectedBf16[i] = Float.intBitsToFloat(bf16[from] << 16) * 1.5f;
      expectedFp16[i] = Float.float16ToFloat(fp16[from]) * 1.5f;
    }

    assertClose(expectedBf16, embed("embed_bf16", bf16, tokens, width));
    assertClose(expectedFp16, embed("embed_fp16", fp16, tokens, width));
  }

  private float[] embed(String kernel, short[] table, int[] tokens, int width) {
    CUdeviceptr y = device.room(ROWS * width);
    device.launch(
        kernel,
        ROWS,
        Pointer.to(y),
        Pointer.to(device.put(table)),
        Pointer.to(device.put(tokens)),
        value(width),
        value(1.5f));
    return device.get(y, ROWS * width);
  }

  private float[] values(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void assertClose(float[] expected, float[] got) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], got[i], BOUND * largest, "element " + i);
    }
  }
}
