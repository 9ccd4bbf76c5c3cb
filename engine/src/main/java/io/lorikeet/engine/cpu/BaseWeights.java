package io.lorikeet.engine.cpu;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The base's matrices as the executor multiplies with them. Where the engine quantises, that are
 * the projections, experts and the head; embeddings, routers and gates of shared experts stay as
 * they are stored.
 */
final class BaseWeights implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final IdentityHashMap<Matrix, Weight> quantized = new IdentityHashMap<>();
  private final boolean quantizes;

  /**
   * Packs what is to be quantised, in parallel.
   *
   * @param format {@code stored}, {@code q8} or {@code q4}
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds
   */
  BaseWeights(ModelWeights model, DecoderSpec spec, String format, WorkerPool pool) {
    quantizes = !format.equals("stored");
    try {
      forEach(model, spec, format, (matrix, block) -> pack(matrix, block, pool));
    } catch (IllegalArgumentException e) {
      arena.close();
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, String.valueOf(e.getMessage()), e);
    }
  }

  /** As it is multiplied with. */
  Weight of(Matrix matrix) {
    Weight packed = quantized.get(matrix);
    return packed == null ? new Weight.Stored(matrix) : packed;
  }

  /** A panel as the input of projections, experts or the head. */
  Input input(Panel panel) {
    return quantizes ? Input.int8(panel) : Input.exact(panel);
  }

  /** Whether {@link #input} must be quantised before it is used. */
  boolean quantizes() {
    return quantizes;
  }

  /** Bytes of all matrices as an executor holds them. */
  static long bytes(ModelWeights model, DecoderSpec spec, String format) {
    long[] change = {0};
    forEach(
        model,
        spec,
        format,
        (matrix, block) ->
            change[0] +=
                QuantizedMatrix.bytes(block, matrix.rows(), matrix.cols())
                    - bytesHeldNoMore(model, matrix));
    return change[0]
        + model.matrices().stream().mapToLong(matrix -> matrix.data().byteSize()).sum();
  }

  // A head that is the embedding is needed as it is stored, too.
  private static long bytesHeldNoMore(ModelWeights model, Matrix matrix) {
    return matrix.equals(model.embedding()) ? 0 : matrix.data().byteSize();
  }

  private static void forEach(
      ModelWeights model, DecoderSpec spec, String format, BiConsumer<Matrix, BlockFormat> each) {
    if (format.equals("stored")) {
      return;
    }
    BlockFormat block = format.equals("q4") ? BlockFormat.Q4 : BlockFormat.Q8;
    for (int layer = 0; layer < spec.layers(); layer++) {
      for (Matrix matrix : layer(model, spec, layer)) {
        each.accept(matrix, block);
      }
    }
    // Logits show every rounding of the head.
    each.accept(model.head(), BlockFormat.Q8);
  }

  private static List<Matrix> layer(ModelWeights model, DecoderSpec spec, int layer) {
    List<Matrix> all = new ArrayList<>();
    for (Projection projection : spec.projections()) {
      all.add(model.projection(layer, projection));
    }
    model
        .experts(layer)
        .ifPresent(experts -> {
          all.addAll(experts.gate());
          all.addAll(experts.up());
          all.addAll(experts.down());
        });
    return all;
  }

  private void pack(Matrix matrix, BlockFormat block, WorkerPool pool) {
    QuantizedMatrix packed = QuantizedMatrix.allocate(block, matrix.rows(), matrix.cols(), arena);
    int groups = QuantizedMatrix.groups(matrix.rows());
    pool.run(worker -> packed.pack(matrix, pool.begin(groups, worker), pool.end(groups, worker)));
    quantized.put(matrix, new Weight.Quantized(packed));
  }

  @Override
  public void close() {
    arena.close();
  }
}
