package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The hot path of the vector face allocates nothing, once it is compiled. */
final class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 200;
  private static final int ROUNDS_MAX = 50_000;

  @ParameterizedTest
  @EnumSource
  void operationAllocatesNothingWhenWarm(Operation operation) {
    Kernels face = VectorKernels.preferred();
    for (DType dtype : DType.values()) {
      Operation.Prepared prepared = operation.prepare(new Operands(dtype));
      long bytes = round(face, prepared);
      for (int i = 0; i < ROUNDS_MAX && bytes > 0; i++) {
        bytes = round(face, prepared);
      }
      assertEquals(0, bytes, operation + ", " + dtype + ": bytes in " + CALLS + " calls");
    }
  }

  private static long round(Kernels face, Operation.Prepared prepared) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < CALLS; i++) {
      prepared.call().accept(face);
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
