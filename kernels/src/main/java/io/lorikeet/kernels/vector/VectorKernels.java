package io.lorikeet.kernels.vector;

import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Kernels;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;

/**
 * The fast face, at a chosen vector width; the bits are the same at each. There is one instance per
 * width and process. Segments should be native memory: the compiled code then knows one kind.
 *
 * <p>Scratch memory is per thread and instance, allocated at a thread's first call (attention: when
 * heads get larger); after it no operation allocates.
 */
public abstract class VectorKernels implements Kernels {
  private static final int BITS_MIN = 128;
  private static final int BITS_MAX = 512;
  private static final Map<Integer, VectorKernels> FACES = new ConcurrentHashMap<>();

  /** For the class that {@link Specialisation} loads. */
  protected VectorKernels() {}

  /** The width that the platform prefers, within 128..512 bits. */
  public static VectorKernels preferred() {
    return of(Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), BITS_MIN, BITS_MAX));
  }

  /**
   * The face at a width of {@code bits}. A width that the CPU lacks works and is very slow.
   *
   * @param bits 128, 256 or 512
   * @throws IllegalArgumentException for any other width
   */
  public static VectorKernels of(int bits) {
    if (bits != 128 && bits != 256 && bits != 512) {
      throw new IllegalArgumentException("bits must be 128, 256 or 512. Given: " + bits);
    }
    return FACES.computeIfAbsent(bits, VectorKernels::load);
  }

  private static VectorKernels load(int bits) {
    return new Specialisation(bits, DType.F32)
        .face(dtype -> new Specialisation(bits, dtype).storedKernels());
  }
}
