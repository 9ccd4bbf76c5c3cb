package io.lorikeet.engine.model;

/**
 * Rotary position embedding: what turns (position, sequence length) into angles. Used by every
 * Llama-family reader.
 */
public sealed interface RopeSpec {
  double theta();

  /** Plain rotary embedding. */
  record Default(double theta) implements RopeSpec {}

  /** Positions divided by a factor. */
  record Linear(double theta, double factor) implements RopeSpec {}

  /**
   * Dynamic NTK: the base grows with the sequence's own length once that exceeds {@code
   * originalContext}.
   */
  record Dynamic(double theta, double factor, int originalContext) implements RopeSpec {}

  /** Llama 3.1: low frequencies divided, high ones kept, a smooth passage between. */
  record Llama3(
      double theta,
      double factor,
      double lowFrequencyFactor,
      double highFrequencyFactor,
      int originalContext)
      implements RopeSpec {}

  /** YaRN: interpolation by a ramp over the dimensions and a factor on cos and sin. */
  record Yarn(
      double theta,
      double factor,
      double betaFast,
      double betaSlow,
      int originalContext,
      double attentionFactor,
      boolean truncate)
      implements RopeSpec {}
}
