package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * LoHa: {@code s (W1a W1b) * (W2a W2b)}, elementwise. The product of two matrices of rank r has
 * rank r * r: its factors are all products of a column of W1a and one of W2a, and of the rows of
 * W1b and W2b.
 */
final class LohaLinear implements LinearMethod {
  private final RankRule ranks;
  private final ImageMemory memory;

  LohaLinear(Method.Loha method, ImageMemory memory) {
    ranks = method.ranks();
    this.memory = memory;
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(Part.HADA_1A, Part.HADA_1B, Part.HADA_2A, Part.HADA_2B);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    String key = parts.key();
    int out = base.rows();
    int in = base.cols();
    TensorView first = parts.require(Part.HADA_1A);
    if (first.shape().length == 2) {
      ranks.check(key, first.shape()[1]);
    }
    int r = ranks.rankOf(key);
    Grid a1 = grid(first, out, r);
    Grid b1 = grid(parts.require(Part.HADA_1B), r, in);
    Grid a2 = grid(parts.require(Part.HADA_2A), out, r);
    Grid b2 = grid(parts.require(Part.HADA_2B), r, in);
    double scale = ranks.scaleOf(key);
    // A rank whose square is no int is far beyond every width, so the factors are not asked for.
    int rank = (int) Math.min((long) r * r, Integer.MAX_VALUE);
    LowRank lowRank =
        new Expansion(
                a1.times(b1).hadamard(a2.times(b2)).times(scale),
                new Grid(out, rank, (o, k) -> a1.at(o, k / r) * a2.at(o, k % r) * scale),
                new Grid(rank, in, (k, i) -> b1.at(k / r, i) * b2.at(k % r, i)))
            .in(memory, key);
    boolean changes = !ImageMemory.isZero(lowRank.a()) && !ImageMemory.isZero(lowRank.b());
    return new Read(new Delta(Optional.of(lowRank), Optional.empty()), changes);
  }

  private static Grid grid(TensorView view, int rows, int cols) {
    ModuleParts.requireShape(view, rows, cols);
    return Grid.of(ModuleParts.matrix(view, rows, cols));
  }
}
