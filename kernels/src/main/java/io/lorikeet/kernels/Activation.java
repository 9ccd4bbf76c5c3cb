package io.lorikeet.kernels;

/** Activation of a feed-forward layer; {@link ExactMath} holds the formulas. */
public enum Activation {
  /** x / (1 + exp(-x)). */
  SILU,
  /** x * Phi(x), Phi the normal distribution. */
  GELU,
  /** The tanh form of {@link #GELU}. */
  GELU_TANH
}
