package io.lorikeet.config;

import java.util.Locale;

/** How activations meet the base's matrices. */
public enum Numerics {
  /** {@link #INT8} for matrices that are held as Q8 or Q4, {@link #EXACT} for the others. */
  AUTO,
  /** F32 activations: bit for bit the same on every CPU. */
  EXACT,
  /** 8-bit activations in blocks of 32, for matrices that are held as Q8 or Q4. */
  INT8,
  /** BF16 activations for BF16 matrices, exact for others. */
  BF16;

  static Numerics of(String name) {
    for (Numerics numerics : values()) {
      if (numerics.name().toLowerCase(Locale.ROOT).equals(name)) {
        return numerics;
      }
    }
    throw new IllegalArgumentException(
        "`engine.numerics` must be auto, exact, int8 or bf16. Given: " + name);
  }
}
