package io.lorikeet.engine.model;

import java.util.Optional;
import java.util.Set;

/**
 * Rotary options in both spellings: {@code rope_scaling} with {@code rope_type} or {@code type} and
 * {@code rope_theta} beside it, or all of it in {@code rope_parameters}. Where both stand, {@code
 * rope_scaling} decides, as in transformers 5.
 */
final class RopeReader {
  private static final double THETA = 10_000;
  private static final int CONTEXT_MAX = 1 << 24;

  private RopeReader() {}

  static RopeSpec read(ConfigFields config, int contextMax) {
    Optional<Double> outerTheta = config.optionalPositiveNumber("rope_theta");
    Optional<Integer> outerContext =
        config.optionalPositive("original_max_position_embeddings", CONTEXT_MAX);
    Optional<ConfigFields> modern = config.object("rope_parameters");
    Optional<ConfigFields> found = config.object("rope_scaling").or(() -> modern);
    if (found.isEmpty()) {
      return new RopeSpec.Default(outerTheta.orElse(THETA));
    }
    ConfigFields rope = found.get();
    double theta = rope.optionalPositiveNumber("rope_theta").or(() -> outerTheta).orElse(THETA);
    int original =
        outerContext
            .or(() -> rope.optionalPositive("original_max_position_embeddings", CONTEXT_MAX))
            .orElse(contextMax);
    // Read here too where the outer one decides, so that it counts as used.
    rope.optionalPositive("original_max_position_embeddings", CONTEXT_MAX);
    if (rope.optionalPositiveNumber("partial_rotary_factor").orElse(1.0) != 1.0) {
      throw rope.unsupported("partial_rotary_factor", "1");
    }
    Optional<String> old = rope.text("type");
    String type = rope.text("rope_type").or(() -> old).orElse("default");
    RopeSpec spec =
        switch (type) {
          case "default" -> new RopeSpec.Default(theta);
          case "linear" -> new RopeSpec.Linear(theta, factor(rope));
          case "dynamic" -> new RopeSpec.Dynamic(theta, factor(rope), contextMax);
          case "llama3" -> llama3(rope, theta, original);
          case "yarn" -> yarn(rope, theta, original);
          default ->
              throw rope.unsupported("rope_type", "default, linear, dynamic, llama3 or yarn");
        };
    rope.finish(Set.of("finetuned"), Set.of());
    return spec;
  }

  private static double factor(ConfigFields rope) {
    return rope.optionalPositiveNumber("factor")
        .filter(factor -> factor >= 1)
        .orElseThrow(() -> rope.invalid("factor", "a number >= 1"));
  }

  private static RopeSpec llama3(ConfigFields rope, double theta, int original) {
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (high <= low) {
      throw rope.invalid("high_freq_factor", "above low_freq_factor, " + low);
    }
    return new RopeSpec.Llama3(theta, factor(rope), low, high, original);
  }

  private static RopeSpec yarn(ConfigFields rope, double theta, int original) {
    double factor = factor(rope);
    Optional<Double> mscale = rope.optionalPositiveNumber("mscale");
    Optional<Double> mscaleAllDim = rope.optionalPositiveNumber("mscale_all_dim");
    double byScale =
        mscale.isPresent() && mscaleAllDim.isPresent()
            ? magnitude(factor, mscale.get()) / magnitude(factor, mscaleAllDim.get())
            : magnitude(factor, 1);
    return new RopeSpec.Yarn(
        theta,
        factor,
        rope.optionalPositiveNumber("beta_fast").orElse(32.0),
        rope.optionalPositiveNumber("beta_slow").orElse(1.0),
        original,
        rope.optionalPositiveNumber("attention_factor").orElse(byScale),
        rope.flag("truncate", true));
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  private static double required(ConfigFields rope, String name) {
    return rope.optionalPositiveNumber(name)
        .orElseThrow(() -> rope.invalid(name, "a finite number > 0"));
  }
}
