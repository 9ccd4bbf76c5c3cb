package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;
import java.util.Set;

/** Turns the tensors that a PEFT method keeps for one linear layer into its canonical delta. */
interface LinearMethod {
  /** The tensors that an adapted layer may have; a layer with none of them is not adapted. */
  Set<Part> parts();

  /**
   * Takes and reads the tensors of an adapted layer.
   *
   * @param base the base's matrix {@code [out, in]}
   * @param baseBias the base's bias {@code [out]}, where it has one
   * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_TENSOR_*, ADAPTER_RANK_MISMATCH,
   *     ADAPTER_TOO_LARGE
   */
  Read read(ModuleParts parts, Matrix base, Optional<float[]> baseBias);

  /**
   * What was read.
   *
   * @param changes whether it has an effect
   */
  record Read(Delta delta, boolean changes) {}
}
