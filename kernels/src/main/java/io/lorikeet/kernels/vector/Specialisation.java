package io.lorikeet.kernels.vector;

import io.lorikeet.kernels.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Function;

/**
 * Defines the classes of package {@code lanes} anew for one vector width and one storage type.
 *
 * <p>Vector code is fast only where the compiler knows the species, that is, where it stands in a
 * {@code static final} field. Classes of another loader are other classes, with static fields,
 * profiles and machine code of their own: the same source, once per width and type. Everything
 * outside that package is shared.
 */
public final class Specialisation extends ClassLoader {
  private static final String PACKAGE = "io.lorikeet.kernels.vector.lanes.";

  private final int bits;
  private final DType dtype;

  Specialisation(int bits, DType dtype) {
    super("vector-" + bits + "-" + dtype, Specialisation.class.getClassLoader());
    this.bits = bits;
    this.dtype = dtype;
  }

  /** The specialisation that {@code type}, a class of package {@code lanes}, belongs to. */
  public static Specialisation of(Class<?> type) {
    return (Specialisation) type.getClassLoader();
  }

  /** Bits of a vector. */
  public int bits() {
    return bits;
  }

  /** How the weights are stored. */
  public DType dtype() {
    return dtype;
  }

  StoredKernels storedKernels() {
    try {
      return (StoredKernels) loadClass(PACKAGE + "StoredLanes").getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot specialise " + getName(), e);
    }
  }

  VectorKernels face(Function<DType, StoredKernels> stored) {
    try {
      return (VectorKernels)
          loadClass(PACKAGE + "LanesKernels").getConstructor(Function.class).newInstance(stored);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot specialise " + getName(), e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(PACKAGE)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] code = in.readAllBytes();
      return defineClass(name, code, 0, code.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
