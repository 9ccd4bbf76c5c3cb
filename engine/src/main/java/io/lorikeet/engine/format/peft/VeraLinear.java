package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * VeRA: {@code b * (B (d * (A x)))}, where all layers share A and B and use as much of them as they
 * are wide. The vectors are folded into B; layers of one width share their part of A.
 */
final class VeraLinear implements LinearMethod {
  private final int rank;
  private final ImageMemory memory;
  private final Matrix sharedA;
  private final Grid sharedB;
  private final Map<Integer, Matrix> ofWidth = new HashMap<>();

  /**
   * @param shared the tensors of the adapter as a whole
   * @throws LorikeetException ADAPTER_PROJECTION_MISSING, ADAPTER_TENSOR_*, ADAPTER_RANK_MISMATCH
   */
  VeraLinear(Method.Vera method, ModuleParts shared, ImageMemory memory) {
    rank = method.rank();
    this.memory = memory;
    TensorView a = projection(shared, Part.VERA_A);
    TensorView b = projection(shared, Part.VERA_B);
    if (a.shape().length != 2 || a.shape()[0] != rank) {
      throw ModuleParts.shape(a, "[" + rank + ", width], for `r` is that rank");
    }
    if (b.shape().length != 2 || b.shape()[1] != rank) {
      throw ModuleParts.shape(b, "[width, " + rank + "], for `r` is that rank");
    }
    sharedA = ModuleParts.matrix(a, rank, Math.toIntExact(a.shape()[1]));
    sharedB = Grid.of(ModuleParts.matrix(b, Math.toIntExact(b.shape()[0]), rank));
  }

  private static TensorView projection(ModuleParts shared, Part part) {
    return shared
        .take(part)
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.ADAPTER_PROJECTION_MISSING,
                "the file must hold the projection `%s`: it cannot be drawn again here. Save the adapter with `save_projection`"
                    .formatted(part.infix())));
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(Part.VERA_SCALE_B, Part.VERA_SCALE_D);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    String key = parts.key();
    int out = base.rows();
    if (sharedA.cols() < base.cols() || sharedB.rows() < out) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TENSOR_SHAPE,
          "the projections must be as wide as `%s`, [%d, %d]. Given: [%d, %d]"
              .formatted(key, out, base.cols(), sharedB.rows(), sharedA.cols()));
    }
    Grid scaleB = Grid.of(ModuleParts.vector(parts.require(Part.VERA_SCALE_B), out));
    Grid scaleD = Grid.of(ModuleParts.vector(parts.require(Part.VERA_SCALE_D), rank));
    Grid b = new Grid(out, rank, (o, k) -> scaleB.at(0, o) * sharedB.at(o, k) * scaleD.at(0, k));
    LowRank lowRank =
        new LowRank(
            ofWidth.computeIfAbsent(base.cols(), cols -> memory.copyColumns(sharedA, cols)),
            memory.compute(key, b));
    return new Read(
        new Delta(Optional.of(lowRank), Optional.empty()), !ImageMemory.isZero(lowRank.b()));
  }
}
