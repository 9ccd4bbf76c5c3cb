package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
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
    String key = parts.key();
    int ofA = method.blocks().ofA(key);
    int ofB = method.blocks().ofB(key);
    int out = base.rows();
    if (a.shape().length != 2 || a.shape()[1] * ofA != base.cols()) {
      throw shape(a, "[rank, " + base.cols() + "]", ofA);
    }
    if (b.shape().length != 2 || b.shape()[0] != out) {
      throw shape(b, "[" + out + ", rank]", ofB);
    }
    if (a.shape()[0] != b.shape()[1] * ofB) {
      throw shape(b, "[" + out + ", " + a.shape()[0] + "], for that is the rank of A", ofB);
    }
    int rank = method.ranks().check(key, a.shape()[0]);
    if (rank % ofA != 0 || out % ofB != 0) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_CONFIG_INVALID,
          "adapter_config.json: `nblocks` must divide rank and width of `%s`. Given: %d"
              .formatted(key, method.blocks().count()));
    }
    Matrix storedA = ModuleParts.matrix(a, rank, base.cols() / ofA);
    Matrix storedB = ModuleParts.matrix(b, out, rank / ofB);
    double scale = method.ranks().scaleOf(key);
    if (ofB == 1) {
      return new LowRank(memory.blocks(storedA, ofA), memory.fold(key, storedB, scale));
    }
    // What is folded before it is spread out is no part of the image.
    Matrix folded = new ImageMemory(Long.MAX_VALUE).fold(key, storedB, scale);
    return new LowRank(memory.copy(storedA), memory.blocks(folded, ofB));
  }

  private static LorikeetException shape(TensorView view, String wanted, int blocks) {
    return blocks == 1
        ? ModuleParts.shape(view, wanted)
        : new LorikeetException(
            ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
            "`%s` must be the %d blocks that `use_bdlora` says, of %s. Given: %s"
                .formatted(view.name(), blocks, wanted, view.shapeText()));
  }
}
