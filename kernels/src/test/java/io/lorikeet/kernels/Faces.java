package io.lorikeet.kernels;

import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.List;

/** Every face there is. */
final class Faces {
  static final Kernels SCALAR = new ScalarKernels();

  static final List<Kernels> ALL =
      List.of(SCALAR, VectorKernels.of(128), VectorKernels.of(256), VectorKernels.of(512));

  private Faces() {}
}
