package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The hot path of the fast faces allocates nothing, once it is compiled. */
@ParameterizedClass(name = "{0}")
@MethodSource("faces")
final class AllocationTest {
  private final Kernels face;

  AllocationTest(Kernels face) {
    this.face = face;
  }

  static Stream<Named<Kernels>> faces() {
    return Stream.concat(Stream.of(VectorKernels.preferred()), Faces.NATIVE.stream())
        .map(face -> Named.of(face.name(), face));
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 200;
  private static final int ROUNDS_MAX = 50_000;

  @ParameterizedTest
  @EnumSource
  void operationAllocatesNothingWhenWarm(Operation operation) {
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
