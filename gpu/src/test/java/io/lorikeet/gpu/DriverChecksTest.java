package io.lorikeet.gpu;

import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemPoolTrimTo;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUmemoryPool;
import jcuda.driver.CUstreamCaptureMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The emulated driver refuses what a driver refuses, and fails where a test asks it to. */
final class DriverChecksTest {
  private FakeDriver driver;
  private byte[] kernels;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    kernels = FakeDriver.proofKernels();
    driver.configure("mode=lazy");
  }

  private void refused(String code, String why, Executable call) {
    CudaException refusal = assertThrows(CudaException.class, call);
    assertEquals(code, refusal.getMessage());
    assertTrue(driver.refusal().contains(why), driver.refusal());
  }

  @Test
  void launchesBeyondALimitAreRefused() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      refused("CUDA_ERROR_INVALID_VALUE", "129 threads", () -> launch(gemv, 129, 0));
      refused("CUDA_ERROR_INVALID_VALUE", "empty", () -> launch(gemv, 0, 0));
      refused("CUDA_ERROR_INVALID_VALUE", "limit 49152", () -> launch(gemv, 128, 60_000));
    }
  }

  private static void launch(Gemv gemv, int threads, int dynamicBytes) {
    Pointer none = new Pointer();
    cuLaunchKernel(gemv.function, 1, 1, 1, threads, 1, 1, dynamicBytes, gemv.compute, none, null);
  }

  @Test
  void copiesPastAnAllocationAreRefused() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      Pointer host = Pointer.to(new byte[Gemv.COLS * 2 + 1]);
      refused(
          "CUDA_ERROR_INVALID_VALUE",
          "not inside one device allocation",
          () -> cuMemcpyHtoD(gemv.x, host, Gemv.COLS * 2L + 1));
    }
  }

  @Test
  void destroyedStreamsAreTold() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      cuStreamDestroy(gemv.transfers);
      refused(
          "CUDA_ERROR_INVALID_HANDLE", "was destroyed", () -> cuStreamSynchronize(gemv.transfers));
    }
  }

  @Test
  void freedMemoryEndsTheContextOfWhoUsesIt() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      gemv.pageIn();
      cuMemFree(gemv.x);
      gemv.launch(gemv.slotAddress(0));

      refused("CUDA_ERROR_ILLEGAL_ADDRESS", "illegal address", () -> cuCtxSynchronize());
      assertThrows(CudaException.class, () -> cuMemAlloc(new CUdeviceptr(), 16));
    }
    try (Gemv again = new Gemv(kernels, 1)) {
      again.pageIn();
      assertTrue(again.step(0, () -> again.launch(again.slotAddress(0))) < 1e-6);
    }
  }

  @Test
  void aReadPastTheWeightsIsAnIllegalAddress() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      gemv.pageIn();
      cuModuleGetFunction(gemv.function, gemv.module, "gemv_out_of_bounds");
      gemv.launch(gemv.slotAddress(1));

      refused("CUDA_ERROR_ILLEGAL_ADDRESS", "gemv_out_of_bounds", () -> cuCtxSynchronize());
    }
  }

  @Test
  void aPlantedFailureIsStickyUntilTheContextIsRebuilt() {
    driver.configure("mode=eager,fail-launch=2");
    try (Gemv gemv = new Gemv(kernels, 1)) {
      gemv.pageIn();
      assertTrue(gemv.step(0, () -> gemv.launch(gemv.slotAddress(0))) < 1e-6);

      refused("CUDA_ERROR_LAUNCH_FAILED", "planted", () -> gemv.launch(gemv.slotAddress(0)));
      assertThrows(CudaException.class, () -> cuCtxSynchronize());
    }
    try (Gemv again = new Gemv(kernels, 1)) {
      again.pageIn();
      assertTrue(again.step(0, () -> again.launch(again.slotAddress(0))) < 1e-6);
    }
    assertEquals("", driver.leaks());
  }

  @Test
  void aLostDeviceStaysLost() {
    driver.configure("mode=eager,lose-launch=1");
    try (Gemv gemv = new Gemv(kernels, 1)) {
      gemv.pageIn();
      refused("CUDA_ERROR_DEVICE_UNAVAILABLE", "lost", () -> gemv.launch(gemv.slotAddress(0)));
    }
    refused("CUDA_ERROR_DEVICE_UNAVAILABLE", "lost", () -> new Gemv(kernels, 1).close());
    assertEquals("", driver.leaks());
  }

  @Test
  void theBudgetOfTheDeviceIsExact() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      long used = driver.counts().deviceBytes();
      driver.configure("mode=lazy,memory=" + (used + 100));
      refused("CUDA_ERROR_OUT_OF_MEMORY", "101 bytes", () -> cuMemAlloc(new CUdeviceptr(), 101));
      cuMemAlloc(new CUdeviceptr(), 100);
      assertTrue(gemv.y.raw() != 0);
      assertEquals(used + 100, driver.counts().deviceBytes());
    }
  }

  @Test
  void anotherThreadHasNoContext() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      ExecutionException failed =
          assertThrows(
              ExecutionException.class,
              () -> CompletableFuture.runAsync(() -> cuStreamSynchronize(gemv.compute)).get());
      assertTrue(String.valueOf(failed.getMessage()).endsWith("CUDA_ERROR_INVALID_CONTEXT"));
    }
  }

  @Test
  void synchronisingBreaksACapture() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      cuStreamBeginCapture(gemv.compute, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
      refused("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "captured", () -> cuCtxSynchronize());
      refused(
          "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
          "broken",
          () -> cuStreamEndCapture(gemv.compute, new CUgraph()));
    }
  }

  @Test
  void forkedStreamsMustJoinTheirCapture() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      CUevent forked = new CUevent();
      cuEventCreate(forked, 0);
      cuStreamBeginCapture(gemv.transfers, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
      cuEventRecord(forked, gemv.transfers);
      cuStreamWaitEvent(gemv.compute, forked, 0);
      gemv.launch(gemv.slotAddress(0));

      refused(
          "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
          "not joined",
          () -> cuStreamEndCapture(gemv.transfers, new CUgraph()));
    }
  }

  @Test
  void whatIsNotEmulatedSaysItsName() {
    try (Gemv gemv = new Gemv(kernels, 1)) {
      assertTrue(gemv.compute.raw() != 0);
      refused(
          "CUDA_ERROR_NOT_SUPPORTED",
          "cuMemPoolTrimTo",
          () -> cuMemPoolTrimTo(new CUmemoryPool(), 0));
    }
  }
}
