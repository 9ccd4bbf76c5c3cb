package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/** Turns the tensors of one linear layer into its canonical delta. */
final class LinearReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final LoraConfig config;
  private final ImageMemory memory;
  private boolean changesAnything;

  LinearReader(LoraConfig config, ImageMemory memory) {
    this.config = config;
    this.memory = memory;
  }

  /** Whether a delta read so far has an effect. */
  boolean changesAnything() {
    return changesAnything;
  }

  /**
   * Reads a layer.
   *
   * @param selected the configuration selects the module
   * @param base the base's matrix {@code [out, in]}
   * @param baseBias the base's bias, where it has one
   */
  Delta read(ModuleParts parts, boolean selected, Matrix base, Optional<float[]> baseBias) {
    if (!parts.has(Part.A) && !parts.has(Part.B)) {
      Optional<float[]> replaced =
          config.bias() == LoraConfig.Bias.ALL && baseBias.isPresent()
              ? parts.take(Part.BIAS).map(view -> difference(view, baseBias.get()))
              : Optional.empty();
      return delta(Optional.empty(), Optional.empty(), replaced);
    }
    if (!selected) {
      throw FAMILY.tensorUnknown(
          "`%s` has tensors, but the configuration does not select it".formatted(parts.key()));
    }
    LowRank lowRank = lowRank(parts, base);
    changesAnything |= !ImageMemory.isZero(lowRank.b());
    return delta(Optional.of(lowRank), rowScale(parts, base, lowRank), bias(parts, base, baseBias));
  }

  private static Delta delta(
      Optional<LowRank> lowRank, Optional<float[]> rowScale, Optional<float[]> bias) {
    return new Delta(lowRank, rowScale, Optional.empty(), bias);
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
    int rank = rank(parts.key(), a.shape()[0]);
    return new LowRank(
        memory.copy(ModuleParts.matrix(a, rank, in)),
        memory.fold(parts.key(), ModuleParts.matrix(b, out, rank), config.scaleOf(parts.key())));
  }

  /**
   * The rank that the configuration says, which must be the tensors'.
   *
   * @throws LorikeetException ADAPTER_RANK_MISMATCH
   */
  int rank(String key, long stored) {
    int rank = config.rankOf(key);
    if (stored != rank) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_RANK_MISMATCH,
          "`%s` must have the rank %d that the configuration says. Given: %d"
              .formatted(key, rank, stored));
    }
    return rank;
  }

  private Optional<float[]> rowScale(ModuleParts parts, Matrix base, LowRank lowRank) {
    if (!config.dora()) {
      return Optional.empty();
    }
    Matrix magnitude = ModuleParts.vector(parts.require(Part.MAGNITUDE), base.rows());
    float[] scale = DoraScale.of(parts.key(), base, lowRank, magnitude);
    changesAnything |= DoraScale.changes(scale, base.dtype(), magnitude.dtype());
    return Optional.of(memory.count(scale));
  }

  private Optional<float[]> bias(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    Optional<float[]> bias = Optional.empty();
    if (config.loraBias()) {
      TensorView view = parts.require(Part.B_BIAS);
      Matrix stored = ModuleParts.vector(view, base.rows());
      Matrix scaled = memory.fold(parts.key(), stored, config.scaleOf(parts.key()));
      changesAnything |= !ImageMemory.isZero(scaled);
      bias = Optional.of(memory.count(ImageMemory.floats(scaled)));
    }
    if (config.bias() != LoraConfig.Bias.NONE && baseBias.isPresent()) {
      Optional<TensorView> replacing = parts.take(Part.BASE_BIAS);
      if (replacing.isPresent()) {
        float[] difference = difference(replacing.get(), baseBias.get());
        bias = Optional.of(bias.map(b -> sum(b, difference)).orElse(difference));
      }
    }
    return bias;
  }

  /** A saved bias takes the place of the base's; its canonical form is what it adds to that. */
  private float[] difference(TensorView view, float[] baseBias) {
    float[] difference = ImageMemory.floats(ModuleParts.vector(view, baseBias.length));
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= baseBias[i];
      changesAnything |= difference[i] != 0;
    }
    return memory.count(difference);
  }

  private static float[] sum(float[] a, float[] b) {
    for (int i = 0; i < a.length; i++) {
      a[i] += b[i];
    }
    return a;
  }
}
