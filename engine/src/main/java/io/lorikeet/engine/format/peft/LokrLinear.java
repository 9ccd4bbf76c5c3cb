package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * LoKr: {@code s W1 (x) W2}, the Kronecker product, where each matrix is stored whole or as a
 * product of rank r. The rank of the whole is the product of theirs.
 */
final class LokrLinear implements LinearMethod {
  private final RankRule ranks;
  private final ImageMemory memory;

  LokrLinear(Method.Lokr method, ImageMemory memory) {
    ranks = method.ranks();
    this.memory = memory;
  }

  /** A matrix, and two whose product it is. */
  private record Factored(Grid whole, Grid left, Grid right) {
    static Factored of(Grid whole) {
      return whole.rows() <= whole.cols()
          ? new Factored(whole, Grid.identity(whole.rows()), whole)
          : new Factored(whole, whole, Grid.identity(whole.cols()));
    }
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(
        Part.KRON_1, Part.KRON_1A, Part.KRON_1B, Part.KRON_2, Part.KRON_2A, Part.KRON_2B);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    String key = parts.key();
    Factored outer = factored(parts, Part.KRON_1, Part.KRON_1A, Part.KRON_1B);
    Factored inner = factored(parts, Part.KRON_2, Part.KRON_2A, Part.KRON_2B);
    if ((long) outer.whole.rows() * inner.whole.rows() != base.rows()
        || (long) outer.whole.cols() * inner.whole.cols() != base.cols()) {
      throw FileFamily.ADAPTER.tensorShape(
          "the Kronecker product of `%s` must have the shape [%d, %d]. Given: [%d, %d] times [%d, %d]"
              .formatted(
                  key,
                  base.rows(),
                  base.cols(),
                  outer.whole.rows(),
                  outer.whole.cols(),
                  inner.whole.rows(),
                  inner.whole.cols()));
    }
    LowRank lowRank =
        new Expansion(
                outer.whole.kronecker(inner.whole).times(ranks.scaleOf(key)),
                outer.left.kronecker(inner.left).times(ranks.scaleOf(key)),
                outer.right.kronecker(inner.right))
            .in(memory, key);
    boolean changes = !ImageMemory.isZero(lowRank.a()) && !ImageMemory.isZero(lowRank.b());
    return new Read(new Delta(Optional.of(lowRank), Optional.empty()), changes);
  }

  private Factored factored(ModuleParts parts, Part whole, Part left, Part right) {
    Optional<TensorView> stored = parts.take(whole);
    if (stored.isPresent()) {
      return Factored.of(grid(stored.get()));
    }
    Grid a = grid(parts.require(left));
    Grid b = grid(parts.require(right));
    ranks.check(parts.key(), a.cols());
    ranks.check(parts.key(), b.rows());
    Grid product = a.times(b);
    return a.cols() < Math.min(a.rows(), b.cols())
        ? new Factored(product, a, b)
        : Factored.of(product);
  }

  private static Grid grid(TensorView view) {
    if (view.shape().length != 2) {
      throw ModuleParts.shape(view, "of a matrix");
    }
    return Grid.of(
        ModuleParts.matrix(
            view, Math.toIntExact(view.shape()[0]), Math.toIntExact(view.shape()[1])));
  }
}
