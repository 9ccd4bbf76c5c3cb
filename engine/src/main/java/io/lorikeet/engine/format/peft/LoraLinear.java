package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** LoRA, rsLoRA and DoRA: {@code s B A}, the scale s folded into B. */
final class LoraLinear implements LinearMethod {
  private final Method.Lora method;
  private final ImageMemory memory;

  LoraLinear(Method.Lora method, ImageMemory memory) {
    this.method = method;
    this.memory = memory;
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(Part.A, Part.B);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    LowRank lowRank = lowRank(parts, base);
    boolean changes = !ImageMemory.isZero(lowRank.b());
    Optional<float[]> rowScale = Optional.empty();
    if (method.dora()) {
      Matrix magnitude = ModuleParts.vector(parts.require(Part.MAGNITUDE), base.rows());
      float[] scale = DoraScale.of(parts.key(), base, lowRank, magnitude);
      changes |= DoraScale.changes(scale, base.dtype(), magnitude.dtype());
      rowScale = Optional.of(memory.count(scale));
    }
    Optional<float[]> bias = Optional.empty();
    if (method.loraBias()) {
      Matrix stored = ModuleParts.vector(parts.require(Part.B_BIAS), base.rows());
      Matrix scaled = memory.fold(parts.key(), stored, method.ranks().scaleOf(parts.key()));
      changes |= !ImageMemory.isZero(scaled);
      bias = Optional.of(memory.count(ImageMemory.floats(scaled)));
    }
    return new Read(new Delta(Optional.of(lowRank), rowScale, Optional.empty(), bias), changes);
  }

  private LowRank lowRank(ModuleParts parts, Matrix base) {
    TensorView a = parts.require(Part.A);
    TensorView b = parts.require(Part.B);
    int in = base.cols();
    int out = base.rows();
    if (a.shape().length != 2 || a.shape()[1] != in) {
      throw ModuleParts.shape(a, "[rank, " + in + "]");
    }
    if (b.shape().length != 2 || b.shape()[0] != out) {
      throw ModuleParts.shape(b, "[" + out + ", rank]");
    }
    if (a.shape()[0] != b.shape()[1]) {
      throw ModuleParts.shape(b, "[" + out + ", " + a.shape()[0] + "], for that is the rank of A");
    }
    int rank = method.ranks().check(parts.key(), a.shape()[0]);
    return new LowRank(
        memory.copy(ModuleParts.matrix(a, rank, in)),
        memory.fold(
            parts.key(), ModuleParts.matrix(b, out, rank), method.ranks().scaleOf(parts.key())));
  }
}
