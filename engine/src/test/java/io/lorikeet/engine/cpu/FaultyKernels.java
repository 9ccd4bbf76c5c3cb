package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Kernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;

/** Kernels that throw in one operation when told to. */
final class FaultyKernels {
  /** What the next call of the operation throws; then it is empty again. */
  final AtomicReference<Throwable> next = new AtomicReference<>();

  private final Kernels face;

  /**
   * @param operation name of a method of {@link Kernels}
   */
  FaultyKernels(Kernels kernels, String operation) {
    face =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                  Throwable thrown =
                      method.getName().equals(operation) ? next.getAndSet(null) : null;
                  if (thrown != null) {
                    throw thrown;
                  }
                  try {
                    return method.invoke(kernels, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  Kernels face() {
    return face;
  }
}
