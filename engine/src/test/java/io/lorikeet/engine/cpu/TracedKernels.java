package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Int8Rows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.PackedB;
import io.lorikeet.kernels.QuantizedMatrix;
import io.lorikeet.kernels.Scores;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * Kernels that write down every call: the operation, its numbers, and which bytes of weights it is
 * given. For one worker, since the order counts.
 */
final class TracedKernels {
  final List<String> calls = new ArrayList<>();
  private final Kernels face;

  TracedKernels(Kernels kernels) {
    face =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName() + described(arguments));
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

  private static List<String> described(Object[] arguments) {
    List<String> all = new ArrayList<>();
    for (Object argument : arguments == null ? new Object[0] : arguments) {
      all.add(
          switch (argument) {
            case Matrix matrix -> bytes(matrix.data());
            case QuantizedMatrix matrix -> bytes(matrix.data());
            case PackedB matrix -> bytes(matrix.data());
            // Caches and buffers are each executor's own; how large they are is not.
            case KvHead kv -> kv.keyOffset() + "/" + kv.valueOffset() + "/" + kv.headDim();
            case Int8Rows rows -> "rows of " + rows.stride();
            case Scores scores -> scores.scale() + "/" + scores.softCap();
            case Object array when array.getClass().isArray() -> "[" + Array.getLength(array) + "]";
            default -> argument.toString();
          });
    }
    return all;
  }

  private static String bytes(MemorySegment data) {
    return data.address() + "+" + data.byteSize();
  }
}
