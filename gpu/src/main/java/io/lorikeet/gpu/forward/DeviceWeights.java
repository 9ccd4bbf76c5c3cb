package io.lorikeet.gpu.forward;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The base's weights on the device: matrices as they are stored or packed, vectors widened. */
final class DeviceWeights {
  /** What one decoder layer has. */
  private record Layer(
      Map<Projection, DeviceMatrix> projections,
      Map<Projection, Long> biases,
      Map<NormPlace, DeviceNorm> norms,
      Optional<DeviceExperts> experts) {}

  private final List<Layer> layers = new ArrayList<>();
  private final DeviceMatrix embedding;
  private final Optional<DeviceMatrix> positions;
  private final Optional<DeviceNorm> embeddingNorm;
  private final DeviceNorm lastNorm;
  private final DeviceMatrix head;
  private final long headBias;

  /**
   * Uploads everything; it is there when this returns.
   *
   * @param plan which matrices are packed on the way, by {@code kernels}
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a weight that no block holds
   */
  DeviceWeights(
      DecoderSpec spec, ModelWeights weights, WeightPlan plan, Kernels kernels, Context context) {
    try (Uploads uploads = new Uploads(context, chunkBytes(weights))) {
      Upload upload = new Upload(uploads, new Packing(plan, kernels));
      for (int layer = 0; layer < spec.layers(); layer++) {
        layers.add(layer(spec, weights, layer, upload));
      }
      embedding = upload.stored(weights.embedding());
      positions = weights.positions().map(upload::stored);
      embeddingNorm = weights.embeddingNorm().map(upload::norm);
      lastNorm = upload.norm(weights.finalNorm());
      head = upload.matrix(weights.head());
      headBias = upload.vector(weights.headBias());
    }
  }

  private static int chunkBytes(ModelWeights weights) {
    long largest =
        weights.matrices().stream().mapToLong(m -> m.data().byteSize()).max().orElseThrow();
    return (int) Math.min(Uploads.CHUNK_BYTES, largest);
  }

  private static Layer layer(DecoderSpec spec, ModelWeights weights, int layer, Upload upload) {
    Layer uploaded =
        new Layer(
            new EnumMap<>(Projection.class),
            new EnumMap<>(Projection.class),
            new EnumMap<>(NormPlace.class),
            weights.experts(layer).map(upload::experts));
    for (Projection projection : spec.projections()) {
      uploaded.projections.put(projection, upload.matrix(weights.projection(layer, projection)));
      uploaded.biases.put(projection, upload.vector(weights.bias(layer, projection)));
    }
    for (NormPlace place : spec.norms()) {
      uploaded.norms.put(place, upload.norm(weights.norm(layer, place)));
    }
    return uploaded;
  }

  private record Upload(Uploads uploads, Packing packing, Map<Matrix, DeviceMatrix> matrices) {
    Upload(Uploads uploads, Packing packing) {
      this(uploads, packing, new HashMap<>());
    }

    /** As it is stored. A head that is the embedding goes up once. */
    DeviceMatrix stored(Matrix matrix) {
      return matrices.computeIfAbsent(
          matrix,
          m -> {
            long address = uploads.put(m.data()).address();
            return new DeviceMatrix(address, WeightType.of(m.dtype()), m.rows(), m.cols());
          });
    }

    /** Packed, where the plan says so. */
    DeviceMatrix matrix(Matrix matrix) {
      if (!packing.packs(matrix)) {
        return stored(matrix);
      }
      try (Arena arena = Arena.ofShared()) {
        QuantizedMatrix packed = packing.pack(matrix, arena);
        long address = uploads.put(packed.data()).address();
        return new DeviceMatrix(
            address, WeightType.of(packed.format()), matrix.rows(), matrix.cols());
      }
    }

    DeviceExperts experts(ModelWeights.ExpertWeights experts) {
      return new DeviceExperts(
          matrix(experts.router()),
          experts.sharedGate().map(this::matrix),
          stack(experts.gate()),
          stack(experts.up()),
          stack(experts.down()));
    }

    private DeviceExperts.Stack stack(List<Matrix> matrices) {
      Matrix first = matrices.getFirst();
      if (packing.packs(first)) {
        try (Arena arena = Arena.ofShared()) {
          List<QuantizedMatrix> packed =
              matrices.stream().map(matrix -> packing.pack(matrix, arena)).toList();
          WeightType type = WeightType.of(packed.getFirst().format());
          return stack(packed.stream().map(QuantizedMatrix::data).toList(), type, first);
        }
      }
      if (matrices.stream().anyMatch(matrix -> matrix.dtype() != first.dtype())) {
        throw new LorikeetException(
            ErrorCode.MODEL_FIELD_UNSUPPORTED,
            "on the device cuda the experts of a layer must be stored in one type. Given: several");
      }
      WeightType type = WeightType.of(first.dtype());
      return stack(matrices.stream().map(Matrix::data).toList(), type, first);
    }

    private DeviceExperts.Stack stack(List<MemorySegment> of, WeightType type, Matrix shape) {
      long table = uploads.put(MemorySegment.ofArray(uploads.putAll(of))).address();
      return new DeviceExperts.Stack(table, type, shape.rows(), shape.cols());
    }

    DeviceNorm norm(Norm norm) {
      return new DeviceNorm(
          uploads.put(norm.weight()).address(),
          norm.bias().length == 0 ? 0 : uploads.put(norm.bias()).address());
    }

    long vector(Optional<float[]> values) {
      return values.map(v -> uploads.put(v).address()).orElse(0L);
    }
  }

  DeviceMatrix projection(int layer, Projection projection) {
    return Objects.requireNonNull(layers.get(layer).projections.get(projection));
  }

  /** Address of a projection's bias; 0 where it has none. */
  long bias(int layer, Projection projection) {
    return layers.get(layer).biases.getOrDefault(projection, 0L);
  }

  DeviceNorm norm(int layer, NormPlace place) {
    return Objects.requireNonNull(layers.get(layer).norms.get(place));
  }

  /** The experts of a layer, which must have some. */
  DeviceExperts experts(int layer) {
    return layers.get(layer).experts.orElseThrow();
  }

  DeviceMatrix embedding() {
    return embedding;
  }

  Optional<DeviceMatrix> positions() {
    return positions;
  }

  Optional<DeviceNorm> embeddingNorm() {
    return embeddingNorm;
  }

  /** The norm that follows the last layer. */
  DeviceNorm lastNorm() {
    return lastNorm;
  }

  DeviceMatrix head() {
    return head;
  }

  /** Address of the head's bias; 0 where it has none. */
  long headBias() {
    return headBias;
  }
}
