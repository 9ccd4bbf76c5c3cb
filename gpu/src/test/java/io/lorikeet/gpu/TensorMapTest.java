package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import jcuda.Pointer;
import jcuda.driver.CUfunction_attribute;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Descriptors for TMA, which JCuda does not make, and a kernel that loads through them. */
final class TensorMapTest {
  private static final int TOKENS = 70;
  private static final int ROWS = 72;
  private static final int COLS = 136;
  private static final int SHARED_BYTES = 3 * 2 * 64 * 64 * 2;
  private static final int BFLOAT16 = 9;

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    driver.configure("mode=lazy");
  }

  @Test
  void theTensorCoresMultiplyWhatTheMapsName() throws Exception {
    try (Gemv gemv = new Gemv(FakeDriver.proofKernels(), 1);
        Arena arena = Arena.ofConfined()) {
      Gemv.Address x = ones(TOKENS);
      Gemv.Address w = ones(ROWS);
      Gemv.Address y = new Gemv.Address();
      cuMemAlloc(y, TOKENS * ROWS * 4L);
      MemorySegment mapX = arena.allocate(128, 64);
      MemorySegment mapW = arena.allocate(128, 64);
      assertEquals(0, encode(mapX, x.raw(), TOKENS, COLS, 64), driver.refusal());
      assertEquals(0, encode(mapW, w.raw(), ROWS, COLS, 64), driver.refusal());

      cuModuleGetFunction(gemv.function, gemv.module, "wgmma_tile_bf16");
      cuFuncSetAttribute(
          gemv.function,
          CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
          SHARED_BYTES);
      Pointer parameters =
          Pointer.to(
              Pointer.to(y),
              Pointer.to(mapX.asByteBuffer()),
              Pointer.to(mapW.asByteBuffer()),
              Pointer.to(new int[] {TOKENS}),
              Pointer.to(new int[] {ROWS}),
              Pointer.to(new int[] {COLS}));
      cuLaunchKernel(
          gemv.function, 2, 2, 1, 160, 1, 1, SHARED_BYTES, gemv.compute, parameters, null);
      cuCtxSynchronize();

      float[] sums = new float[TOKENS * ROWS];
      cuMemcpyDtoH(Pointer.to(sums), y, sums.length * 4L);
      for (float sum : sums) {
        assertEquals(COLS, sum);
      }
    }
  }

  @Test
  void mapsThatTheDriverRefusesSayWhy() throws Exception {
    try (Gemv gemv = new Gemv(FakeDriver.proofKernels(), 1);
        Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(128, 64);

      assertEquals(1, encode(map, gemv.weights.raw() + 2, 8, 64, 64));
      assertTrue(driver.refusal().contains("multiple of 16"), driver.refusal());
      assertEquals(1, encode(map, gemv.weights.raw(), 8, 128, 128));
      assertTrue(driver.refusal().contains("exceed the swizzle"), driver.refusal());
      assertEquals(1, encode(map, gemv.weights.raw(), 1_000, 128, 64));
      assertTrue(driver.refusal().contains("one device allocation"), driver.refusal());
    }
  }

  private static Gemv.Address ones(int rows) {
    short[] values = new short[rows * COLS];
    Arrays.fill(values, (short) 0x3f80);
    Gemv.Address address = new Gemv.Address();
    cuMemAlloc(address, values.length * 2L);
    cuMemcpyHtoD(address, Pointer.to(values), values.length * 2L);
    return address;
  }

  /** A matrix of bfloat16 in boxes of 64 rows, with the 128-byte swizzle; the result code. */
  private int encode(MemorySegment map, long address, int rows, int cols, int boxCols) {
    MemoryLayout[] types = {
      ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT,
      JAVA_INT, JAVA_INT, JAVA_INT
    };
    MethodHandle encode = driver.function("cuTensorMapEncodeTiled", types);
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          encode.invokeExact(
              map,
              BFLOAT16,
              2,
              address,
              arena.allocateFrom(JAVA_LONG, cols, rows),
              arena.allocateFrom(JAVA_LONG, cols * 2L),
              arena.allocateFrom(JAVA_INT, boxCols, 64),
              arena.allocateFrom(JAVA_INT, 1, 1),
              0,
              3,
              0,
              0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
