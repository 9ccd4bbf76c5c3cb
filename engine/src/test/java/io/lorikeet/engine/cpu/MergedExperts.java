package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A model whose experts and routers hold what adapters do to them: {@code rowScale * (W + sum of
 * weight * B A)}, in F32. Biases are left out.
 */
record MergedExperts(ModelWeights base, List<AdapterImage> images, float[] weightOf)
    implements ModelWeights {
  @Override
  public Optional<ExpertWeights> experts(int layer) {
    List<ExpertsDelta> deltas = images.stream().map(image -> image.experts(layer)).toList();
    return base.experts(layer)
        .map(e ->
            new ExpertWeights(
                merge(e.router(), deltas.stream().map(ExpertsDelta::router).toList()),
                e.sharedGate()
                    .map(m -> merge(m, deltas.stream().map(ExpertsDelta::sharedGate).toList())),
                merge(e.gate(), deltas, Projection.GATE),
                merge(e.up(), deltas, Projection.UP),
                merge(e.down(), deltas, Projection.DOWN)));
  }

  private List<Matrix> merge(List<Matrix> all, List<ExpertsDelta> deltas, Projection projection) {
    List<Matrix> merged = new ArrayList<>();
    for (int e = 0; e < all.size(); e++) {
      int expert = e;
      List<Delta> of = deltas.stream().map(delta -> delta.delta(expert, projection)).toList();
      merged.add(merge(all.get(e), of));
    }
    return merged;
  }

  private Matrix merge(Matrix matrix, List<Delta> deltas) {
    MemorySegment data = Arena.ofAuto().allocate(4L * matrix.rows() * matrix.cols(), 64);
    for (int o = 0; o < matrix.rows(); o++) {
      for (int i = 0; i < matrix.cols(); i++) {
        double sum = at(matrix, o, i);
        double scale = 1;
        for (int d = 0; d < deltas.size(); d++) {
          Optional<LowRank> low = deltas.get(d).lowRank();
          for (int r = 0; low.isPresent() && r < low.get().rank(); r++) {
            sum += (double) weightOf[d] * at(low.get().b(), o, r) * at(low.get().a(), r, i);
          }
          scale *= deltas.get(d).rowScale().isPresent() ? deltas.get(d).rowScale().get()[o] : 1;
        }
        long index = (long) o * matrix.cols() + i;
        data.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) (scale * sum));
      }
    }
    return new Matrix(data, DType.F32, matrix.rows(), matrix.cols());
  }

  private static float at(Matrix matrix, int row, int col) {
    return Widen.element(matrix.dtype(), matrix.data(), (long) row * matrix.cols() + col);
  }

  @Override
  public Matrix embedding() {
    return base.embedding();
  }

  @Override
  public Optional<Matrix> positions() {
    return base.positions();
  }

  @Override
  public Optional<Norm> embeddingNorm() {
    return base.embeddingNorm();
  }

  @Override
  public Norm finalNorm() {
    return base.finalNorm();
  }

  @Override
  public Matrix head() {
    return base.head();
  }

  @Override
  public Optional<float[]> headBias() {
    return base.headBias();
  }

  @Override
  public Norm norm(int layer, NormPlace place) {
    return base.norm(layer, place);
  }

  @Override
  public Matrix projection(int layer, Projection projection) {
    return base.projection(layer, projection);
  }

  @Override
  public Optional<float[]> bias(int layer, Projection projection) {
    return base.bias(layer, projection);
  }

  @Override
  public List<Matrix> matrices() {
    return base.matrices();
  }

  @Override
  public long copiedBytes() {
    return base.copiedBytes();
  }
}
