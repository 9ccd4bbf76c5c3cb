package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.kernels.DType;

/**
 * An update that is a product of small matrices, as a low-rank update: of the rank that the
 * products have, or, where that takes more memory, as the whole update times the identity.
 *
 * @param whole the update {@code [out, in]}
 * @param b {@code [out, rank]}
 * @param a {@code [rank, in]}; {@code b a} is {@code whole}
 */
record Expansion(Grid whole, Grid b, Grid a) {

  LowRank in(ImageMemory memory, String key) {
    // At the full rank the factors are larger.
    if (factorBytes() <= wholeBytes()) {
      return new LowRank(memory.compute(key, a), memory.compute(key, b));
    }
    return whole.rows() <= whole.cols()
        ? new LowRank(memory.compute(key, whole), memory.identity(whole.rows()))
        : new LowRank(memory.identity(whole.cols()), memory.compute(key, whole));
  }

  private long smaller() {
    return Math.min(whole.rows(), whole.cols());
  }

  private long factorBytes() {
    return (long) a.rows() * (whole.rows() + whole.cols()) * DType.F32.bytes();
  }

  private long wholeBytes() {
    return (long) whole.rows() * whole.cols() * DType.F32.bytes()
        + smaller() * smaller() * DType.BF16.bytes();
  }
}
