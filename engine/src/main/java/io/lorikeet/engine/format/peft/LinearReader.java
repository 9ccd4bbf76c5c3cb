package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/** Turns the tensors of one linear layer into its canonical delta: its method's, and its bias. */
final class LinearReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final AdapterConfig config;
  private final LinearMethod method;
  private final ImageMemory memory;
  private boolean changesAnything;

  LinearReader(AdapterConfig config, LinearMethod method, ImageMemory memory) {
    this.config = config;
    this.method = method;
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
    if (method.parts().stream().noneMatch(parts::has)) {
      return withBias(Delta.NONE, biasAlone(parts, baseBias));
    }
    if (!selected) {
      throw FAMILY.tensorUnknown(
          "`%s` has tensors, but the configuration does not select it".formatted(parts.key()));
    }
    LinearMethod.Read read = method.read(parts, base, baseBias);
    changesAnything |= read.changes();
    boolean some = config.bias() != AdapterConfig.Bias.NONE;
    return withBias(read.delta(), some ? replacedBias(parts, Part.BASE_BIAS, baseBias) : none());
  }

  // A module that is saved as a whole brings its bias; others do where all biases were trained.
  private Optional<float[]> biasAlone(ModuleParts parts, Optional<float[]> baseBias) {
    if (config.saves(parts.key()) && baseBias.isPresent()) {
      return Optional.of(difference(parts.require(Part.BIAS), baseBias.get()));
    }
    boolean all = config.bias() == AdapterConfig.Bias.ALL;
    return all ? replacedBias(parts, Part.BIAS, baseBias) : none();
  }

  private static Optional<float[]> none() {
    return Optional.empty();
  }

  /** A saved bias takes the place of the base's; its canonical form is what it adds to that. */
  private Optional<float[]> replacedBias(ModuleParts parts, Part part, Optional<float[]> baseBias) {
    return baseBias.isEmpty()
        ? Optional.empty()
        : parts.take(part).map(view -> difference(view, baseBias.get()));
  }

  private float[] difference(TensorView view, float[] baseBias) {
    float[] difference = ImageMemory.floats(ModuleParts.vector(view, baseBias.length));
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= baseBias[i];
      changesAnything |= difference[i] != 0;
    }
    return memory.count(difference);
  }

  private static Delta withBias(Delta delta, Optional<float[]> difference) {
    if (difference.isEmpty()) {
      return delta;
    }
    Optional<float[]> bias =
        delta.bias().isPresent()
            ? Optional.of(sum(delta.bias().get(), difference.get()))
            : difference;
    return new Delta(delta.lowRank(), delta.rowScale(), delta.inputScale(), bias);
  }

  private static float[] sum(float[] a, float[] b) {
    for (int i = 0; i < a.length; i++) {
      a[i] += b[i];
    }
    return a;
  }
}
