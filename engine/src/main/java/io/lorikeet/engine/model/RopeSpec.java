package io.lorikeet.engine.model;

import java.util.List;

/**
 * Rotary position embedding: what turns (position, sequence length) into angles. Knows nothing of
 * how many dimensions of a head rotate.
 */
public sealed interface RopeSpec {
  /** No rotation: alibi, learned positions, and some layers of smollm3. */
  record None() implements RopeSpec {}

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

  /**
   * Factors per dimension that divide the frequencies: one list up to {@code originalContext}
   * tokens of the sequence's own length, another beyond, and a factor on cos and sin. Used by phi3.
   */
  record LongRope(
      double theta,
      List<Double> shortFactor,
      List<Double> longFactor,
      int originalContext,
      double attentionFactor)
      implements RopeSpec {}
}
