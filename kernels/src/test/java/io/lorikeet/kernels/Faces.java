package io.lorikeet.kernels;

import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.List;
import java.util.stream.Stream;

/** Every face there is. */
final class Faces {
  static final Kernels SCALAR = new ScalarKernels();

  /** Those in C; none where the build had no compiler. */
  static final List<NativeKernels> NATIVE =
      NativeKernels.absence().isEmpty() ? NativeKernels.all() : List.of();

  static final List<Kernels> ALL =
      Stream.concat(
              Stream.of(
                  SCALAR, VectorKernels.of(128), VectorKernels.of(256), VectorKernels.of(512)),
              NATIVE.stream())
          .toList();

  private Faces() {}
}
