package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.FiniteCheck;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of one module, of which each must be taken by somebody. */
final class ModuleParts {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final String key;
  private final EnumMap<Part, TensorView> left = new EnumMap<>(Part.class);

  /**
   * @param key the module's path, for messages
   */
  ModuleParts(String key, Map<Part, TensorView> parts) {
    this.key = key;
    left.putAll(parts);
  }

  String key() {
    return key;
  }

  boolean has(Part part) {
    return left.containsKey(part);
  }

  /** Whether PEFT wrapped the module, so that its own tensors stand below {@code base_layer}. */
  boolean isWrapped() {
    return left.keySet().stream().anyMatch(part -> part != Part.WEIGHT && part != Part.BIAS);
  }

  Optional<TensorView> peek(Part part) {
    return Optional.ofNullable(left.get(part));
  }

  Optional<TensorView> take(Part part) {
    return Optional.ofNullable(left.remove(part));
  }

  /**
   * Takes a tensor that must be there.
   *
   * @throws LorikeetException ADAPTER_TENSOR_MISSING
   */
  TensorView require(Part part) {
    return take(part)
        .orElseThrow(() -> FAMILY.tensorMissing("`%s` has no `%s`".formatted(key, part.infix())));
  }

  /**
   * Refuses what nobody took.
   *
   * @throws LorikeetException ADAPTER_TENSOR_UNKNOWN
   */
  void refuseRest() {
    for (TensorView view : left.values()) {
      throw FAMILY.tensorUnknown(
          "`%s` must be absent: the configuration or the base has no place for it. Given: `%s`"
              .formatted(key, view.name()));
    }
  }

  /** A vector of a given width, as one row. */
  static Matrix vector(TensorView view, int width) {
    if (!view.hasShape(width)) {
      throw shape(view, "[" + width + "]");
    }
    return matrix(view, 1, width);
  }

  /** All values of a tensor of a given shape, as one row. */
  static Matrix values(TensorView view, List<Integer> shape) {
    if (!Arrays.equals(view.shape(), shape.stream().mapToLong(Integer::longValue).toArray())) {
      throw shape(view, shape.toString());
    }
    return matrix(view, 1, shape.stream().reduce(1, (a, b) -> a * b));
  }

  /**
   * Checks a tensor's shape.
   *
   * @throws LorikeetException ADAPTER_TENSOR_SHAPE
   */
  static void requireShape(TensorView view, int rows, int cols) {
    if (!view.hasShape(rows, cols)) {
      throw shape(view, "[" + rows + ", " + cols + "]");
    }
  }

  /** A matrix over the vocabulary. */
  static Matrix vocabulary(TensorView view, int vocab, int hidden) {
    if (view.shape().length == 2 && view.shape()[0] != vocab && view.shape()[1] == hidden) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VOCAB_MISMATCH,
          "`%s` must have the base's %d tokens: a vocabulary of its own is not supported. Given: %s"
              .formatted(view.name(), vocab, view.shapeText()));
    }
    if (!view.hasShape(vocab, hidden)) {
      throw shape(view, "[" + vocab + ", " + hidden + "]");
    }
    return matrix(view, vocab, hidden);
  }

  /**
   * A tensor of a checked shape.
   *
   * @throws LorikeetException ADAPTER_WEIGHTS_CORRUPT (its type), ADAPTER_TENSOR_NOT_FINITE
   */
  static Matrix matrix(TensorView view, int rows, int cols) {
    DType dtype =
        view.dtype()
            .orElseThrow(() ->
                FAMILY.corrupt(
                    "`%s` must be stored as F32, F16 or BF16. Given: %s"
                        .formatted(view.name(), view.storage())));
    Matrix matrix = new Matrix(view.data(), dtype, rows, cols);
    if (!FiniteCheck.isFinite(matrix)) {
      throw FAMILY.tensorNotFinite("`" + view.name() + "` holds NaN or infinity");
    }
    return matrix;
  }

  static LorikeetException shape(TensorView view, String wanted) {
    return FAMILY.tensorShape(
        "`" + view.name() + "` must have the shape " + wanted + ". Given: " + view.shapeText());
  }
}
