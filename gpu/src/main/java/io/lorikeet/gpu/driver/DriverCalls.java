package io.lorikeet.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import jcuda.CudaException;
import jcuda.driver.CUresult;

/**
 * Functions that are called outside of JCuda: launches, which cost it 7 times as long and garbage,
 * and the query of an event, whose usual answer JCuda makes an exception. The library must be
 * loaded.
 */
@SuppressWarnings("restricted") // foreign functions
final class DriverCalls {
  private static final MethodHandle LAUNCH =
      function(
          "cuLaunchKernel",
          JAVA_LONG,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle QUERY = function("cuEventQuery", JAVA_LONG);

  private DriverCalls() {}

  /** As {@code cuLaunchKernel}, with blocks along one dimension. */
  static void launch(
      long function,
      int gridX,
      int gridY,
      int gridZ,
      int threads,
      int sharedBytes,
      long stream,
      MemorySegment parameters) {
    try {
      check(
          (int)
              LAUNCH.invokeExact(
                  function,
                  gridX,
                  gridY,
                  gridZ,
                  threads,
                  1,
                  1,
                  sharedBytes,
                  stream,
                  parameters,
                  MemorySegment.NULL));
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  /** Whether the event has happened. */
  static boolean query(long event) {
    int result;
    try {
      result = (int) QUERY.invokeExact(event);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
    if (result == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    check(result);
    return true;
  }

  private static void check(int result) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new CudaException(CUresult.stringFor(result));
    }
  }

  private static MethodHandle function(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(
            CudaLibrary.functions().find(name).orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, parameters));
  }
}
