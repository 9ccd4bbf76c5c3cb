package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import jcuda.driver.CUgraphExec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JCuda, as it is, drives a kernel on the emulated driver, whatever order streams run in. */
final class FakeDriverTest {
  private static final double BOUND = 1e-6; // float sums of 512 products against double ones

  private FakeDriver driver;
  private byte[] kernels;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    kernels = FakeDriver.proofKernels();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mode=eager",
        "mode=lazy",
        "mode=random,seed=1",
        "mode=random,seed=2",
        "mode=random,seed=3",
        "mode=lazy,simt=threads=random;blocks=reverse;seed=5"
      })
  void replayedStepsGiveTheReferencesValues(String settings) {
    driver.configure(settings);
    try (Gemv gemv = new Gemv(kernels, 1)) {
      gemv.pageIn();
      CUgraphExec[] graphs = {gemv.capture(0), gemv.capture(1)};

      for (int slot : new int[] {0, 1, 0, 1}) {
        assertTrue(gemv.replay(slot, graphs[slot]) < BOUND);
      }
      assertTrue(gemv.step(0, () -> gemv.launch(gemv.slotAddress(0))) < BOUND);
      assertEquals(4, driver.counts().graphs());
      assertEquals(5, driver.counts().launches());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=eager", "mode=lazy"})
  void launchesWithAttributesGoThroughTheForeignFunctionApi(String settings) {
    driver.configure(settings);
    try (Gemv gemv = new Gemv(kernels, 2)) {
      gemv.pageIn();

      assertTrue(gemv.step(1, () -> assertEquals(0, launchEx(gemv, 6, 1))) < BOUND);
      assertEquals(801, launchEx(gemv, 4, 2)); // a cluster of two
      assertTrue(driver.refusal().contains("clusters"), driver.refusal());
    }
  }

  /** {@code cuLaunchKernelEx} with one attribute, on slot 1. */
  private int launchEx(Gemv gemv, int attribute, int value) {
    MethodHandle launch = driver.function("cuLaunchKernelEx", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(72, 8);
      attributes.setAtIndex(JAVA_INT, 0, attribute);
      attributes.setAtIndex(JAVA_INT, 2, value);
      MemorySegment config = arena.allocate(56, 8);
      int[] sizes = {(Gemv.ROWS + 3) / 4, 2, 1, 128, 1, 1, 0};
      MemorySegment.copy(sizes, 0, config, JAVA_INT, 0, sizes.length);
      config.set(JAVA_LONG, 32, gemv.compute.raw());
      config.set(ADDRESS, 40, attributes);
      config.set(JAVA_INT, 48, 1);
      long weight = gemv.weights.raw() + (long) Gemv.ROWS * Gemv.COLS * 2;
      long[] values = {
        gemv.y.raw(),
        gemv.x.raw(),
        weight,
        Gemv.ROWS,
        Gemv.COLS,
        gemv.partials.raw(),
        gemv.counters.raw()
      };
      MemorySegment parameters = arena.allocate(ADDRESS, values.length);
      for (int i = 0; i < values.length; i++) {
        parameters.setAtIndex(ADDRESS, i, arena.allocateFrom(JAVA_LONG, values[i]));
      }
      MemorySegment function = MemorySegment.ofAddress(gemv.function.raw());
      return (int) launch.invokeExact(config, function, parameters, MemorySegment.NULL);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @Test
  void lazyStreamsShowAForgottenEvent() {
    driver.configure("mode=lazy");
    try (Gemv gemv = new Gemv(kernels, 3).withoutWaitingForWeights()) {
      gemv.pageIn();
      CUgraphExec graph = gemv.capture(1);

      assertTrue(Double.isNaN(gemv.replay(1, graph)));
    }
  }

  @Test
  void lazyStreamsShowAReusedStagingBuffer() {
    driver.configure("mode=lazy");
    try (Gemv gemv = new Gemv(kernels, 4).withoutWaitingForStaging()) {
      gemv.pageIn();
      CUgraphExec graph = gemv.capture(0);

      assertFalse(gemv.replay(0, graph) < 0.1);
    }
  }

  @Test
  void memoryReturnsToTheStart() {
    driver.configure("mode=random,seed=7");
    FakeDriver.Counts before = driver.counts();
    try (Gemv gemv = new Gemv(kernels, 5)) {
      gemv.pageIn();
      assertTrue(driver.counts().deviceBytes() > before.deviceBytes());
      assertTrue(driver.leaks().contains("pinned " + Gemv.ROWS * 4 + "\n"), driver.leaks());

      gemv.freeAll();

      assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
      assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
      assertEquals("", driver.leaks());
    }
  }
}
