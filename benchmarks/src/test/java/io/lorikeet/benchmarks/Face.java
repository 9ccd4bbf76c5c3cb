package io.lorikeet.benchmarks;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.vector.VectorKernels;

/** The faces of the kernels that a server chooses from. */
public enum Face {
  /** In C; where there is none, the Vector API takes its place, as in a server. */
  NATIVE {
    @Override
    Kernels kernels() {
      return NativeKernels.absence().isEmpty() ? NativeKernels.preferred() : VECTOR.kernels();
    }
  },
  /** On the Vector API, of the width that the CPU prefers. */
  VECTOR {
    @Override
    Kernels kernels() {
      return VectorKernels.preferred();
    }
  };

  abstract Kernels kernels();
}
