package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * (IA)3: {@code l * (W x + bias)}, or {@code W (l * x) + bias} in feed-forward layers. A row scale
 * acts before the base's bias, so what is missing is added to that: {@code (l - 1) * bias}.
 */
final class Ia3Linear implements LinearMethod {
  private final Method.Ia3 method;
  private final ImageMemory memory;

  Ia3Linear(Method.Ia3 method, ImageMemory memory) {
    this.method = method;
    this.memory = memory;
  }

  @Override
  public Set<Part> parts() {
    return EnumSet.of(Part.IA3);
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    TensorView view = parts.require(Part.IA3);
    if (method.feedForward().contains(parts.key())) {
      ModuleParts.requireShape(view, 1, base.cols());
      float[] scale = vector(view, base.cols());
      return new Read(
          new Delta(Optional.empty(), Optional.empty(), Optional.of(scale), Optional.empty()),
          changes(scale));
    }
    ModuleParts.requireShape(view, base.rows(), 1);
    float[] scale = vector(view, base.rows());
    Optional<float[]> bias =
        baseBias.map(vector -> memory.count(missing(parts.key(), scale, vector)));
    return new Read(
        new Delta(Optional.empty(), Optional.of(scale), Optional.empty(), bias), changes(scale));
  }

  private float[] vector(TensorView view, int width) {
    return memory.count(ImageMemory.floats(ModuleParts.matrix(view, 1, width)));
  }

  private static float[] missing(String key, float[] scale, float[] bias) {
    float[] missing = new float[bias.length];
    for (int o = 0; o < missing.length; o++) {
      missing[o] = (float) ((scale[o] - 1.0) * bias[o]);
    }
    return ImageMemory.checkFinite(key, missing);
  }

  private static boolean changes(float[] scale) {
    for (float factor : scale) {
      if (factor != 1) {
        return true;
      }
    }
    return false;
  }
}
