package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;
import java.util.Set;

/** Methods that leave linear layers alone. */
final class NoLinear implements LinearMethod {
  @Override
  public Set<Part> parts() {
    return Set.of();
  }

  @Override
  public Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias) {
    return new Read(Delta.NONE, false);
  }
}
