package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
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
import java.util.Arrays;
import java.util.List;

/**
 * Kernels that write down every call: the operation, its numbers, and which bytes of weights it is
 * given. For one worker, since the order counts.
 */
public final class TracedKernels {
  private static final Object[] NONE = {};

  final List<String> calls = new ArrayList<>();
  private final Kernels face;

  /** Those of this CPU. */
  public TracedKernels() {
    this(CpuExecutorProvider.kernels("auto"));
  }

  TracedKernels(Kernels kernels) {
    face =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName() + described(method.getName(), arguments));
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

  /** An executor of one worker over these kernels. */
  public Executor open(LoadedModel model, EngineSettings settings) {
    if (settings.threads() != 1) {
      throw new IllegalArgumentException("calls of several workers have no order");
    }
    return CpuExecutor.open(model, settings, face);
  }

  /** The calls since the last time, oldest first. */
  public List<String> drain() {
    List<String> all = List.copyOf(calls);
    calls.clear();
    return all;
  }

  private static List<String> described(String operation, Object[] arguments) {
    List<Object> given = new ArrayList<>(Arrays.asList(arguments == null ? NONE : arguments));
    if (operation.equals("writeKv")) {
      given.remove(1); // which block a sequence has is the pool's choice
    }
    List<String> all = new ArrayList<>();
    for (Object argument : given) {
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
