package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** AdaLoRA: {@code s B diag(E) A}, scale and singular values folded into B. */
final class AdaLoraLinear implements LinearMethod {
  private final Method.AdaLora method;
  private final ImageMemory memory;

  AdaLoraLinear(Method.AdaLora method, ImageMemory memory) {
    this.method = method;
    this.memory = memory;
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(Part.BARE_A, Part.BARE_B, Part.SINGULAR_VALUES);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    String key = parts.key();
    TensorView a = parts.require(Part.BARE_A);
    TensorView b = parts.require(Part.BARE_B);
    TensorView e = parts.require(Part.SINGULAR_VALUES);
    int rank = method.rankOf(key);
    if (a.shape().length == 2 && a.shape()[0] != rank) {
      throw RankRule.mismatch(key, rank, a.shape()[0]);
    }
    ModuleParts.requireShape(a, rank, base.cols());
    ModuleParts.requireShape(b, base.rows(), rank);
    ModuleParts.requireShape(e, rank, 1);
    double scale = method.scaleOf(key, rankNumber(parts));
    if (rank == 0) {
      return new Read(Delta.NONE, false);
    }
    Grid values = Grid.of(ModuleParts.matrix(e, rank, 1));
    Grid left = Grid.of(ModuleParts.matrix(b, base.rows(), rank));
    Grid folded = new Grid(base.rows(), rank, (o, k) -> left.at(o, k) * values.at(k, 0) * scale);
    LowRank lowRank =
        new LowRank(
            memory.copy(ModuleParts.matrix(a, rank, base.cols())), memory.compute(key, folded));
    return new Read(
        new Delta(Optional.of(lowRank), Optional.empty()), !ImageMemory.isZero(lowRank.b()));
  }

  // Former releases of PEFT wrote it; the later ones leave out what the configuration says.
  private double rankNumber(ModuleParts parts) {
    Optional<TensorView> stored = parts.take(Part.RANK_NUMBER);
    if (stored.isEmpty()) {
      return method.rank();
    }
    Matrix number = ModuleParts.vector(stored.get(), 1);
    return Widen.element(number.dtype(), number.data(), 0);
  }
}
