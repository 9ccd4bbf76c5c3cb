package io.lorikeet.gpu.driver;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.gpu.FakeDriver;
import java.util.concurrent.FutureTask;
import jcuda.CudaException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory, streams, events and kernels of a context. */
final class ContextTest {
  private static final int COUNT = 1_000;
  private static final long BYTES = COUNT * 4L;

  private FakeDriver driver;
  private byte[] kernels;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    kernels = FakeDriver.proofKernels();
    driver.configure("mode=lazy");
  }

  private Context context() {
    return Context.open(assertInstanceOf(Gpu.Search.Found.class, Gpu.find(13000)).gpu(), kernels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=eager", "mode=lazy", "mode=random,seed=3", "mode=random,seed=4"})
  void aStreamRunsItsWorkInOrderAndOthersWaitForItsEvents(String settings) {
    driver.configure(settings);
    try (Context context = context()) {
      Stream copies = context.stream();
      Stream compute = context.stream();
      Event ready = context.event();
      Event done = context.event();
      PinnedBuffer in = context.pin(BYTES);
      PinnedBuffer out = context.pin(BYTES);
      DeviceBuffer x = context.allocate(BYTES);
      DeviceBuffer y = context.allocate(BYTES);
      fill(in, 3);

      copies.copy(in, 0, x, 0, BYTES);
      copies.record(ready);
      compute.clear(y);
      compute.await(ready);
      context.kernel("axpy").with(y).with(x).with(2f).with(COUNT).launch(compute, 8);
      compute.copy(y, 0, out, 0, BYTES);
      compute.record(done);
      while (!done.isDone()) {
        Thread.onSpinWait();
      }

      for (int i = 0; i < COUNT; i++) {
        assertEquals(6f, out.segment().getAtIndex(JAVA_FLOAT, i));
      }
    }
  }

  @Test
  void everythingGoesWithTheContext() {
    FakeDriver.Counts before = driver.counts();
    Context context = context();
    context.allocate(BYTES);
    context.pin(BYTES);
    assertEquals(before.deviceBytes() + BYTES, driver.counts().deviceBytes());
    assertEquals(before.pinnedBytes() + BYTES, driver.counts().pinnedBytes());

    context.close();
    context.close();

    assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
    assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
  }

  @Test
  void moreMemoryThanTheDeviceHasIsRefusedByCode() {
    driver.configure("memory=1048576");
    try (Context context = context()) {
      assertEquals(1 << 20, context.freeBytes());

      LorikeetException refused =
          assertThrows(LorikeetException.class, () -> context.allocate((1 << 20) + 1));

      assertEquals(ErrorCode.MODEL_MEMORY_EXCEEDED, refused.code());
      assertTrue(refused.toString().contains("1048577 bytes"), refused.toString());
      context.allocate(1 << 20);
      assertEquals(0, context.freeBytes());
    }
  }

  @Test
  void anotherThreadHasNoContext() throws Exception {
    try (Context context = context()) {
      FutureTask<Long> outside = new FutureTask<>(context::freeBytes);
      Thread.ofPlatform().start(outside).join();
      assertTrue(
          assertThrows(Exception.class, outside::get)
              .toString()
              .contains("CUDA_ERROR_INVALID_CONTEXT"));
    }
  }

  @Test
  void aKernelThatFailsFailsEverythingAfterIt() {
    driver.configure("mode=lazy,fail-launch=1");
    try (Context context = context()) {
      Stream stream = context.stream();
      DeviceBuffer x = context.allocate(BYTES);
      stream.clear(x);
      context.kernel("axpy").with(x).with(x).with(2f).with(COUNT).launch(stream, 8);
      Event done = context.event();
      stream.record(done);

      assertEquals("CUDA_ERROR_LAUNCH_FAILED", failure(done::synchronize));
      assertEquals("CUDA_ERROR_LAUNCH_FAILED", failure(() -> stream.clear(x)));
    }
    try (Context context = context()) {
      assertTrue(context.event().isDone());
    }
  }

  @Test
  void unknownKernelsAndPlacesOutsideOfMemoryAreRefused() {
    try (Context context = context()) {
      assertEquals(
          "CUDA_ERROR_NOT_FOUND: no kernel is called nothing",
          failure(() -> context.kernel("nothing")));
      DeviceBuffer x = context.allocate(BYTES);
      PinnedBuffer host = context.pin(BYTES);
      Stream stream = context.stream();
      assertThrows(IndexOutOfBoundsException.class, () -> stream.copy(host, 4, x, 0, BYTES));
      assertThrows(IndexOutOfBoundsException.class, () -> stream.copy(host, 0, x, 4, BYTES));
      assertThrows(IndexOutOfBoundsException.class, () -> x.slice(4, BYTES));
      assertEquals(new DeviceBuffer(x.address() + 4, BYTES - 4), x.slice(4, BYTES - 4));
    }
  }

  @Test
  void anEventThatWasNeverRecordedIsDone() {
    try (Context context = context()) {
      Event event = context.event();
      assertTrue(event.isDone());
      Stream stream = context.stream();
      stream.clear(context.allocate(BYTES));
      stream.clear(context.allocate(BYTES));
      stream.record(event);
      assertFalse(event.isDone());
    }
  }

  private static String failure(Runnable call) {
    return String.valueOf(assertThrows(CudaException.class, call::run).getMessage());
  }

  private static void fill(PinnedBuffer buffer, float value) {
    for (int i = 0; i < COUNT; i++) {
      buffer.segment().setAtIndex(JAVA_FLOAT, i, value);
    }
  }
}
