package io.lorikeet.gpu.adapter;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lays the parts of an image out one after the other and names them in a slot's record. */
final class ImagePacking {
  /** What the widest loads of kernels need, and what separate allocations have. */
  static final int ALIGNMENT = 256;

  private record Part(MemorySegment from, long at) {}

  private final SlotLayout layout;
  private final MemorySegment record;
  private final List<Integer> pointers = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private long bytes;
  private int rankMax;

  private ImagePacking(SlotLayout layout) {
    this.layout = layout;
    record = Arena.ofAuto().allocate(layout.bytes(), Long.BYTES);
  }

  /** Packs an image that fits the model. */
  static PackedImage pack(AdapterImage image, SlotLayout layout) {
    ImagePacking packing = new ImagePacking(layout);
    packing.addAll(image);
    long size = Math.max(ALIGNMENT, packing.bytes);
    MemorySegment content = Arena.ofAuto().allocate(size, ALIGNMENT);
    for (Part part : packing.parts) {
      MemorySegment.copy(part.from, 0, content, part.at, part.from.byteSize());
    }
    int[] pointers = packing.pointers.stream().mapToInt(i -> i).toArray();
    return new PackedImage(
        image, content, packing.record, pointers, packing.rankMax, isLinear(image));
  }

  private static boolean isLinear(AdapterImage image) {
    return image.embedding().isNone()
        && image.positions().isNone()
        && image.head().delta().isNone()
        && image.head().matrix().isEmpty()
        && image.head().rows().isEmpty()
        && image.norms().isNone()
        && image.experts().stream().allMatch(ExpertsDelta::isNone)
        && image.layers().stream()
            .flatMap(layer -> layer.values().stream())
            .allMatch(delta -> delta.inputScale().isEmpty());
  }

  private void addAll(AdapterImage image) {
    for (int layer = 0; layer < image.layers().size(); layer++) {
      int of = layer;
      image
          .layers()
          .get(layer)
          .forEach((projection, delta) -> add(delta, layout.delta(of, projection)));
    }
    for (int layer = 0; layer < image.experts().size(); layer++) {
      add(image.experts().get(layer), layer);
    }
    add(image.head().delta(), layout.head());
    add(image.head().matrix(), image.head().rows(), layout.headMatrix(), layout.headRows());
    add(image.embedding(), layout.embedding(), layout.embeddingMatrix(), layout.embeddingRows());
    add(image.positions(), layout.positions(), layout.positionMatrix(), layout.positionRows());
    for (int layer = 0; layer < image.norms().layers().size(); layer++) {
      int of = layer;
      image.norms().layers().get(layer).forEach((place, norm) -> add(norm, layout.norm(of, place)));
    }
    image.norms().embedding().ifPresent(norm -> add(norm, layout.embeddingNorm()));
    image.norms().last().ifPresent(norm -> add(norm, layout.lastNorm()));
  }

  private void add(ExpertsDelta delta, int layer) {
    if (delta.isNone()) {
      return;
    }
    add(delta.router(), layout.router(layer));
    add(delta.sharedGate(), layout.sharedGate(layer));
    for (int expert = 0; expert < delta.experts().size(); expert++) {
      int of = expert;
      delta
          .experts()
          .get(expert)
          .forEach((projection, each) -> add(each, layout.expert(layer, of, projection)));
    }
  }

  private void add(Delta delta, int at) {
    delta.lowRank().ifPresent(low -> add(low.a(), low.b(), low.rank(), at));
    delta.rowScale().ifPresent(scale -> point(at + 16, scale));
    delta.inputScale().ifPresent(scale -> point(at + 24, scale));
    delta.bias().ifPresent(bias -> point(at + 32, bias));
  }

  private void add(Matrix a, Matrix b, int rank, int at) {
    rankMax = Math.max(rankMax, rank);
    point(at, a.data());
    point(at + 8, b.data());
    record.set(JAVA_INT_UNALIGNED, at + 40, rank);
    record.set(JAVA_INT_UNALIGNED, at + 44, number(a.dtype()));
    record.set(JAVA_INT_UNALIGNED, at + 48, number(b.dtype()));
  }

  private void add(EmbeddingDelta embedding, int update, int matrix, int rows) {
    embedding.update().ifPresent(u -> add(u.a(), u.b(), u.rank(), update));
    add(embedding.matrix(), embedding.rows(), matrix, rows);
  }

  private void add(Optional<Matrix> matrix, Optional<TokenRows> rows, int atMatrix, int atRows) {
    matrix.ifPresent(m -> add(m, atMatrix));
    rows.ifPresent(r -> {
      add(r.rows(), atRows);
      point(atRows + 8, MemorySegment.ofArray(r.ids()));
    });
  }

  private void add(Matrix rows, int at) {
    point(at, rows.data());
    record.set(JAVA_INT_UNALIGNED, at + 16, rows.rows());
    record.set(JAVA_INT_UNALIGNED, at + 20, number(rows.dtype()));
  }

  private void add(Norm norm, int at) {
    point(at, norm.weight());
    if (norm.bias().length > 0) {
      point(at + 8, norm.bias());
    }
  }

  private void point(int at, float[] values) {
    point(at, MemorySegment.ofArray(values));
  }

  private void point(int at, MemorySegment values) {
    parts.add(new Part(values, bytes));
    record.set(JAVA_LONG_UNALIGNED, at, bytes);
    pointers.add(at);
    bytes += Math.ceilDiv(values.byteSize(), ALIGNMENT) * ALIGNMENT;
  }

  // As StoredType of adapters.cuh counts them.
  private static int number(DType type) {
    return switch (type) {
      case F32 -> 0;
      case BF16 -> 1;
      case F16 -> 2;
    };
  }
}
